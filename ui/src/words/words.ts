import {computed, effect} from '@preact/signals';
import {setFormatLocale} from '../base/format';
import {language} from '../state/prefs';
import {en, type Words} from './en';
import {zh} from './zh';

/** The page's words in the chosen language. */
export const words = computed<Words>(() => (language.value === 'zh-CN' ? zh : en));

effect(() => setFormatLocale(language.value));
