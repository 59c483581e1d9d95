import {describe, expect, it} from 'vitest';
import {ridgeModel} from '../../charts/ridge_model';
import {brushOf, shifted, tidyZoom, zoomedAbout, type Drag} from './ridge_zoom';

const modelOf = (isOverlay: boolean) =>
  ridgeModel([], {
    axis: 'step',
    window: undefined,
    range: {lo: 0, hi: 1},
    valueWindow: undefined,
    bins: 30,
    isOverlay,
    isLog: false,
  });
const drag = (isOverlay: boolean, kind: Drag['kind'] = 'zoom'): Drag => ({
  kind,
  x: 100,
  y: 100,
  model: modelOf(isOverlay),
});

describe('a drag on ridges', () => {
  it('goes across for values, down for steps, both ways for a box', () => {
    const start = drag(false);
    expect(brushOf(start, {x: 103, y: 98})).toBeUndefined();
    expect(brushOf(start, {x: 160, y: 110})).toEqual({x: [100, 160], y: undefined});
    expect(brushOf(start, {x: 90, y: 40})).toEqual({x: undefined, y: [100, 40]});
    expect(brushOf(start, {x: 160, y: 40})).toEqual({x: [100, 160], y: [100, 40]});
  });

  it('marks values alone in an overlay, steps alone on their axis', () => {
    expect(brushOf(drag(true), {x: 160, y: 40})).toEqual({x: [100, 160], y: undefined});
    expect(brushOf(drag(true), {x: 100, y: 40})).toBeUndefined();
    expect(brushOf(drag(false, 'steps'), {x: 160, y: 40})).toEqual({x: undefined, y: [100, 40]});
  });
});

describe('ranges', () => {
  it('are zoomed about a place until all is shown', () => {
    const whole = {lo: 0, hi: 10};
    expect(zoomedAbout(whole, 4, 0.5, whole)).toEqual({lo: 2, hi: 7});
    expect(zoomedAbout({lo: 2, hi: 7}, 4, 4, whole)).toBeUndefined();
    expect(zoomedAbout({lo: 6, hi: 9}, 8, 2, whole)).toEqual({lo: 4, hi: 10});
  });

  it('that mean nothing are no zoom', () => {
    expect(tidyZoom({x: {lo: 3, hi: 3}, y: {lo: 1, hi: 1 + 1e-15}})).toBeUndefined();
    expect(tidyZoom({x: undefined, y: {lo: 0.123456789, hi: 0.2}})).toEqual({
      x: undefined,
      y: {lo: 0.12346, hi: 0.2},
    });
  });

  it('go along with the pointer', () => {
    expect(shifted({lo: 2, hi: 4}, 0.5)).toEqual({lo: 3, hi: 5});
  });
});
