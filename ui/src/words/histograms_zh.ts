// The words of histograms, in Simplified Chinese.

import {formatCount} from '../base/format';
import type {HistogramMode} from '../state/histogram_view';
import type {HistogramWords} from './histograms_en';

const modeNames: Readonly<Record<HistogramMode, string>> = {
  offset: '错开',
  overlay: '重叠',
  percentiles: '百分位',
  heat: '热图',
};

export const histogramsZh: HistogramWords = {
  histogramLabel: (tag, run) => `${run} 中 ${tag} 的直方图。用方向键切换步数。`,
  histogramMode: '画法',
  histogramModeName: (mode) => modeNames[mode],
  stepAxis: '步数轴',
  histogramCards: '卡片',
  cardEach: '每个运行',
  cardTogether: '所有运行',
  count: '计数',
  countColumn: '计数',
  bucket: '桶',
  median: '中位数',
  countScale: '计数刻度',
  logCounts: '此卡片用对数计数',
  linearCounts: '此卡片用线性计数',
  stepsShown: (shown, all) =>
    shown === all
      ? `${formatCount(all)} 步`
      : `${formatCount(all)} 步中的 ${formatCount(shown)} 步`,
  countsOutside: (n) => `${formatCount(Math.round(n))} 个值超出坐标范围`,
  stepsLeftOut: (n) => `另有 ${formatCount(n)} 步：选择步数区间即可查看`,
  stepsUnreadable: (n) => `${formatCount(n)} 步无法读取`,
  downloadBucketsCsv: '全部桶存为 CSV',
  downloadBucketsJson: '全部桶存为 JSON',
};
