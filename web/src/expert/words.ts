/** The dictionaries that the expert's page reads. */
import type { TimelineStrings } from '@/timeline/strings.en';
import type { Strings } from './strings.en';

export interface Words {
  expert: Strings;
  timeline: TimelineStrings;
}
