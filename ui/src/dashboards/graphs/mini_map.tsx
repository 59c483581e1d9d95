// The whole drawing, small, with the part that is in view; a press or a drag moves there.

import {useEffect, useRef} from 'preact/hooks';
import type {Scene} from '../../base/graph_scene';
import {words} from '../../words/words';
import type {ViewControl} from './use_view_box';

const longest = 150;

interface MiniMapProps {
  readonly scene: Scene;
  readonly control: ViewControl;
  readonly frame: {readonly width: number; readonly height: number};
}

export function MiniMap({scene, control, frame}: MiniMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const scale = longest / Math.max(scene.width, scene.height, 1);
  const width = Math.max(1, scene.width * scale);
  const height = Math.max(1, scene.height * scale);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (element === null || context === null || context === undefined) return;
    const ratio = devicePixelRatio || 1;
    element.width = Math.ceil(width * ratio);
    element.height = Math.ceil(height * ratio);
    const colours = getComputedStyle(element);
    context.setTransform(ratio * scale, 0, 0, ratio * scale, 0, 0);
    context.fillStyle = colours.getPropertyValue('--grid');
    for (const each of scene.frames)
      context.fillRect(each.x - each.width / 2, each.y - each.height / 2, each.width, each.height);
    context.fillStyle = colours.getPropertyValue('--text-3');
    const least = 2 / scale;
    for (const each of scene.boxes) {
      const w = Math.max(each.width, least);
      const h = Math.max(each.height, least);
      context.fillRect(each.x - w / 2, each.y - h / 2, w, h);
    }
  }, [scene, scale, width, height]);

  useEffect(() => {
    const follow = (): void => {
      const view = control.get();
      const element = box.current;
      if (element === null) return;
      const w = frame.width / view.scale;
      const h = frame.height / view.scale;
      element
        .closest('.fl-mini-map-place')
        ?.classList.toggle('fl-hidden-map', w * h >= 0.8 * scene.width * scene.height);
      const left = Math.max(0, view.x);
      const top = Math.max(0, view.y);
      element.style.left = `${left * scale}px`;
      element.style.top = `${top * scale}px`;
      element.style.width = `${Math.max(0, Math.min(view.x + w, scene.width) - left) * scale}px`;
      element.style.height = `${Math.max(0, Math.min(view.y + h, scene.height) - top) * scale}px`;
    };
    follow();
    return control.onChange(follow);
  }, [control, scene, scale, frame.width, frame.height]);

  const move = (event: PointerEvent & {readonly currentTarget: HTMLElement}): void => {
    if (event.buttons !== 1) return;
    event.stopPropagation();
    const at = event.currentTarget.getBoundingClientRect();
    const view = control.get();
    control.set({
      ...view,
      x: (event.clientX - at.left) / scale - frame.width / view.scale / 2,
      y: (event.clientY - at.top) / scale - frame.height / view.scale / 2,
    });
  };
  return (
    <div
      class="fl-mini-map"
      role="img"
      aria-label={words.value.miniMap}
      style={{width: `${width}px`, height: `${height}px`}}
      onPointerDown={move}
      onPointerMove={move}
    >
      <canvas ref={canvas} />
      <div ref={box} class="fl-mini-view" />
    </div>
  );
}
