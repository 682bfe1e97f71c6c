import { mayBePublicHost } from '../../../lib/private-addresses.ts';
import { parseTemplate, TemplateError } from '../../../lib/templates.ts';
import type { EmailContent } from '../model.ts';
import type { Faults } from './fault.ts';

const MAX_SUBJECT = 500;
const MAX_NAME = 200;
const MAX_URL = 2_000;
const MAX_LOCAL = 64;
const MAX_ADDRESS = 254;
/** An address by itself: no name, no brackets, no comments, no line breaks. */
const ADDRESS =
  /^[^\s@<>"(),:;\\[\]\p{Cc}]+@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,}$/u;

/** A template that can be parsed. @param html whether values are escaped */
export function checkTemplate(faults: Faults, source: string, html: boolean, path: string): void {
  try {
    parseTemplate(source, html);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    faults.add('INVALID_TEMPLATE', path, `This is no valid Liquid: ${error.message}`);
  }
}

/** One line with Liquid. */
function checkTemplateLine(faults: Faults, source: string, max: number, path: string): void {
  if (faults.line(source, max, path)) checkTemplate(faults, source, false, path);
}

/** An e-mail address without a name. */
export function checkAddress(faults: Faults, address: string, path: string): void {
  if (ADDRESS.test(address) && address.length <= MAX_ADDRESS && address.indexOf('@') <= MAX_LOCAL) return;
  faults.add(
    'INVALID_EMAIL_ADDRESS',
    path,
    "This must be an address alone, such as 'news@example.com': no name, no brackets, no line breaks.",
  );
}

export function checkEmail(faults: Faults, email: EmailContent, path: string): void {
  const { fromName, fromAddress, replyTo, subject, text, html } = email;
  if (fromName !== null) checkTemplateLine(faults, fromName, MAX_NAME, `${path}.fromName`);
  checkAddress(faults, fromAddress, `${path}.fromAddress`);
  if (replyTo !== null) checkAddress(faults, replyTo, `${path}.replyTo`);
  checkTemplateLine(faults, subject, MAX_SUBJECT, `${path}.subject`);
  if (text.trim() === '')
    faults.add('EMPTY', `${path}.text`, 'A message needs a text for readers without HTML.');
  else checkTemplate(faults, text, false, `${path}.text`);
  if (html !== null) checkTemplate(faults, html, true, `${path}.html`);
}

/** The address of a webhook: https to a public host, without a credential. */
export function checkWebhook(faults: Faults, text: string, path: string): void {
  const invalid = (message: string) => faults.add('INVALID_URL', path, message);
  const url = text.length <= MAX_URL && URL.canParse(text) ? new URL(text) : undefined;
  if (!url) {
    invalid(`This must be an absolute URL of at most ${MAX_URL} characters.`);
    return;
  }
  if (url.username !== '' || url.password !== '') {
    invalid('A URL is shown to everybody who reads the campaign: leave out user and password.');
    return;
  }
  const { allowedHosts } = faults.around;
  const isAllowed = allowedHosts.has(url.host);
  if (url.protocol !== 'https:' && !(isAllowed && url.protocol === 'http:')) {
    invalid("The URL must begin with 'https://'.");
    return;
  }
  if (!isAllowed && !mayBePublicHost(url.hostname))
    faults.add(
      'PRIVATE_ADDRESS',
      path,
      `'${url.hostname}' is no public host. Webhooks reach the public internet alone.`,
    );
}
