import {ApiError} from '../api/client';
import {words} from '../words/words';

/** What a person is told about a request that failed. */
export function describeError(error: unknown): string {
  if (error instanceof ApiError)
    return error.reason === 'network' ? words.peek().networkFailed : error.message;
  return error instanceof Error ? error.message : String(error);
}
