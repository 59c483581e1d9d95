/** Server data as a component sees it. */
export type Loadable<T> =
  | {readonly kind: 'loading'}
  | {readonly kind: 'failed'; readonly message: string}
  | {readonly kind: 'ready'; readonly value: T};

export const loading: Loadable<never> = {kind: 'loading'};

export function ready<T>(value: T): Loadable<T> {
  return {kind: 'ready', value};
}

export function failed(message: string): Loadable<never> {
  return {kind: 'failed', message};
}
