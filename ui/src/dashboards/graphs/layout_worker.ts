// Lays out the drawing of a graph beside the page, so that the page answers meanwhile.

import {layScene, type GraphScope, type Scene} from '../../base/graph_scene';
import {placeScope} from '../../charts/graph_layout';

export interface LayoutQuestion {
  readonly id: number;
  readonly scopes: readonly GraphScope[];
  readonly open: readonly string[];
  readonly tensorsWord: string; // "{n} tensors"
}
export interface LayoutAnswer {
  readonly id: number;
  readonly scene: Scene;
}

onmessage = (event: MessageEvent<LayoutQuestion>): void => {
  const {id, scopes, open, tensorsWord} = event.data;
  const scene = layScene(new Map(scopes.map((scope) => [scope.path, scope])), new Set(open), {
    place: placeScope,
    tensors: (n) => tensorsWord.replace('{n}', String(n)),
  });
  const answer: LayoutAnswer = {id, scene};
  postMessage(answer);
};
