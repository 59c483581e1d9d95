// The page over invented logs: everything that a real server does only by chance happens here on purpose.

import {axesJourneys} from './page/axes_journeys.mjs';
import {cardsJourneys} from './page/cards_journeys.mjs';
import {frameJourneys} from './page/frame_journeys.mjs';
import {histogramZoomJourneys} from './page/histogram_zoom_journeys.mjs';
import {histogramsJourneys} from './page/histograms_journeys.mjs';
import {looksJourneys} from './page/looks_journeys.mjs';
import {runsJourneys} from './page/runs_journeys.mjs';
import {stepsJourneys} from './page/steps_journeys.mjs';
import {timeseriesJourneys} from './page/timeseries_journeys.mjs';

export async function pageJourneys(runner) {
  await timeseriesJourneys(runner);
  await axesJourneys(runner);
  await stepsJourneys(runner);
  await cardsJourneys(runner);
  await runsJourneys(runner);
  await frameJourneys(runner);
  await histogramsJourneys(runner);
  await histogramZoomJourneys(runner);
  await looksJourneys(runner);
}
