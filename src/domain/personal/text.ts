/**
 * Personal data inside a text that is shown otherwise: e-mail addresses, and values of parameters such as
 * `?name=Ann&phone=…`. The parameters may be in an address that is encoded in another address.
 */
import { hasEmailSign, holdsEmail, MASK, maskEmails } from '../email/text.ts';
import { PERSONAL_ENDINGS, PERSONAL_NAMES, PERSONAL_PARAMETERS } from './names.ts';

/** Separators in names besides letters and digits, as they appear in an address. */
const SPELLING = '[-_.+\\s]|%(?:25){0,4}(?:20|2[bdeBDE]|5[fF])';
const IS = '=|%(?:25){0,4}3[dD]';
const BEGIN = '[?&;#]|%(?:25){0,4}(?:3[fF]|26|23|3[bB])';
const BRACKET = '[\\[\\]]|%(?:25){0,4}5[bdBD]';

/**
 * SPELLING taken out of a text in lower case leaves this where a parameter has a personal name. Sources of regular
 * expressions that JavaScript and PostgreSQL read alike: what search tells must be what the mask shows.
 */
export const PARAMETER_SPELLING = SPELLING;
export const PERSONAL_PARAMETER = [
  `(?:^|${BEGIN}|${BRACKET})`,
  `(?:${[...PERSONAL_NAMES, ...PERSONAL_PARAMETERS].join('|')}|[^=?&;#[\\]]{0,30}(?:${PERSONAL_ENDINGS.join('|')}))`,
  `(?:(?:${BRACKET})[^=?&;#]{0,40})?`,
  `(?:${IS})`,
].join('');

const SPELLINGS = new RegExp(SPELLING, 'g');
const PERSONAL = new RegExp(PERSONAL_PARAMETER);
const EQUALS = new RegExp(IS);
const PARTS = new RegExp(`(?<is>${IS})|${BEGIN}`, 'g');
/** Behind a value. More than its address has is masked rather than less. */
const END = /[&#\n"<>]/g;

const holdsParameter = (text: string): boolean =>
  EQUALS.test(text) && PERSONAL.test(text.toLowerCase().replace(SPELLINGS, ''));

/** Whether there is anything personal in `text`: a little more than is masked. */
export const holdsPersonal = (text: string): boolean => holdsEmail(text) || holdsParameter(text);

/** The same, also for a part of an address; search keeps such values apart from public values. */
export const mayHoldPersonal = (text: string): boolean => hasEmailSign(text) || holdsParameter(text);

/** The text without e-mail addresses and values of personal parameters. Its work grows with the length of the text. */
export const maskText = (text: string): string => maskEmails(maskParameters(text));

function maskParameters(text: string): string {
  if (!holdsParameter(text)) return text;
  let result = '';
  let shown = 0;
  /** Where the name begins; none after a value has begun. */
  let name: number | undefined = 0;
  PARTS.lastIndex = 0;
  for (let part = PARTS.exec(text); part; part = PARTS.exec(text)) {
    const behind = PARTS.lastIndex;
    if (part.groups?.['is'] === undefined) {
      name = behind;
      continue;
    }
    const isPersonal = name !== undefined && holdsParameter(`?${text.slice(name, part.index)}=`);
    name = undefined;
    if (!isPersonal) continue;
    END.lastIndex = behind;
    const end = END.exec(text)?.index ?? text.length;
    if (end === behind) continue;
    result += text.slice(shown, behind) + MASK;
    shown = end;
    PARTS.lastIndex = end;
  }
  return result + text.slice(shown);
}
