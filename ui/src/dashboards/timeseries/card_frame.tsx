import type {ComponentChildren} from 'preact';

interface CardFrameProps {
  readonly title: string;
  readonly isTable: boolean; // As high as its table.
  readonly move: (places: number) => void;
  readonly data: Readonly<Record<`data-${string}`, string | undefined>>; // What scripts know it by.
  readonly children: ComponentChildren;
}

/** A chart's card. Alt+Shift and an arrow move it among the others. */
export function CardFrame({title, isTable, move, data, children}: CardFrameProps) {
  return (
    <article
      {...data}
      class={`fl-card ${isTable ? 'fl-table-card' : ''}`}
      data-testid="card"
      aria-label={title}
      onKeyDown={(event) => {
        if (!event.altKey || !event.shiftKey) return;
        const places = {ArrowLeft: -1, ArrowRight: 1}[event.key];
        if (places === undefined) return;
        event.preventDefault();
        move(places);
      }}
    >
      {children}
    </article>
  );
}
