/**
 * Latin letters that Unicode does not decompose, with the plain letters that people type for them: the lower-case part of
 * the table of Lucene's ASCIIFoldingFilter.
 */
const PLAIN: Readonly<Record<string, string>> = {
  a: 'ɐəɚᶏᶕⱥ',
  b: 'ƀƃɓᵬᶀ',
  c: 'ƈȼɕↄꜿ',
  d: 'ðđƌȡɖɗᵭᶁᶑꝺ',
  e: 'ǝɇɘɛɜɝɞʚᴇᶒᶓᶔⱸ',
  f: 'ƒᵮᶂꝼ',
  g: 'ǥɠɡᵷᵹᶃꝿ',
  h: 'ħɥɦʮʯⱨⱶ',
  i: 'ıɨɪᵻᶖ',
  j: 'ȷɉɟʄʝ',
  k: 'ƙʞᶄⱪꝁꝃꝅ',
  l: 'łƚȴɫɬɭᶅⱡꝇꝉꞁ',
  m: 'ɯɰɱᵯᶆ',
  n: 'ŋƞȵɲɳᵰᶇ',
  o: 'øɔɵᴖᴗᶗⱺꝋꝍ',
  p: 'ƥᵱᵽᶈꝑꝓꝕꟼ',
  q: 'ĸɋʠꝗꝙ',
  r: 'ɍɼɽɾɿᵲᵳᶉꝛꞃ',
  s: 'ȿʂᵴᶊꞅ',
  t: 'ŧƫƭȶʇʈᵵⱦ',
  u: 'ʉᵾᶙ',
  v: 'ʋʌᶌⱱⱴꝟ',
  w: 'ƿʍⱳ',
  x: 'ᶍ',
  y: 'ƴɏʎỿ',
  z: 'ƶȥɀʐʑᵶᶎⱬꝣ',
  aa: 'ꜳ',
  ae: 'æᴂ',
  ao: 'ꜵ',
  au: 'ꜷ',
  av: 'ꜹꜻ',
  ay: 'ꜽ',
  db: 'ȸ',
  hv: 'ƕ',
  lz: 'ʫ',
  oe: 'œᴔ',
  oo: 'ꝏ',
  qp: 'ȹ',
  tc: 'ʨ',
  th: 'þᵺꝧ',
  ts: 'ʦ',
  tz: 'ꜩ',
  ue: 'ᵫ',
  vy: 'ꝡ',
};

const PLAIN_OF = new Map(
  Object.entries(PLAIN).flatMap(([plain, letters]) => [...letters].map((letter) => [letter, plain])),
);
const STROKED = new RegExp(`[${[...PLAIN_OF.keys()].join('')}]`, 'gu');

/** Lower-case text with each such letter as the plain letters for it. */
export const foldLetters = (text: string): string =>
  text.replace(STROKED, (letter) => PLAIN_OF.get(letter) ?? letter);
