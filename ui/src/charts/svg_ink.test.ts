import {expect, test} from 'vitest';
import {SvgInk} from './svg_ink';

test('strokes, fills and texts become elements; hostile text stays text', () => {
  const ink = new SvgInk(100, 50, (text) => text.length * 6);
  ink.strokeStyle = '#123456';
  ink.globalAlpha = 0.5;
  ink.setLineDash([2, 3]);
  ink.beginPath();
  ink.moveTo(1, 2.004);
  ink.lineTo(3.456, 4);
  ink.stroke();
  ink.font = '550 12px a"b';
  ink.textAlign = 'right';
  ink.fillText('</text><script>\u0001', 5, 6);
  const text = ink.text();
  expect(text).toContain('d="M1 2L3.46 4" fill="none" stroke="#123456"');
  expect(text).toContain('stroke-dasharray="2 3" opacity="0.5"');
  expect(text).toContain('font-size="12" font-family="a&quot;b" font-weight="550"');
  expect(text).toContain('&lt;/text&gt;&lt;script&gt;\ufffd</text>');
  expect(ink.measureText('four').width).toBe(24);
});

test('a clip ends where its state is restored', () => {
  const ink = new SvgInk(10, 10, () => 0);
  ink.save();
  ink.beginPath();
  ink.rect(0, 0, 5, 5);
  ink.clip();
  ink.fillRect(0, 0, 10, 10);
  ink.restore();
  ink.fillRect(1, 1, 2, 2);
  const text = ink.text();
  expect(text.indexOf('</g>')).toBeLessThan(text.lastIndexOf('<rect'));
  expect(text.match(/<g /g)?.length).toBe(text.match(/<\/g>/g)?.length);
});
