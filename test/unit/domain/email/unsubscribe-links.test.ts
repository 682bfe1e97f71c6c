import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isUnsubscribeLink } from '../../../../src/domain/email/unsubscribe-links.ts';

const LEADS_OUT = [
  'https://www.example.com/unsubscribe',
  'https://www.example.com/Unsubscribe/',
  'https://www.example.com/email/unsubscribe?u=1',
  'https://www.example.com/unsubscribe/abc123',
  'https://www.example.com/encryptedUnsubscribe?x=1',
  'https://go.example.com/UnsubscribePage.html?mkt_unsubscribe=1',
  'https://www.example.com/opt-out',
  'https://www.example.com/opt_out/7',
  'https://www.example.com/optout.php',
  'https://www.example.com/email-preferences',
  'https://www.example.com/emailPreferences?id=1',
  'https://www.example.com/preference-center',
  'https://www.example.com/subscriptions/manage-subscription',
  'https://www.example.com/?unsubscribe=1',
  'https://www.example.com/account?action=unsubscribe',
  'https://www.example.com/app#/unsubscribe',
  'https://www.example.com/app#!/email-preferences/7',
  'https://www.example.de/newsletter/abmelden',
  'https://www.example.fr/d%C3%A9sabonnement',
  'https://unsubscribe.example.com/abc',
  'mailto:unsubscribe@example.com',
  'mailto:unsubscribe+abc@example.com',
  'mailto:bounce-unsubscribe@example.com?subject=x',
  'mailto:list@example.com?subject=Unsubscribe',
  '/unsubscribe?u=1',
  'https://click.example.com/c?u=https%3A%2F%2Fwww.example.com%2Funsubscribe%2F1',
  'https://click.example.com/c?u=https%253A%252F%252Fwww.example.com%252Funsubscribe',
  'https://click.example.com/r/https%3A%2F%2Fwww.example.com%2Funsubscribe',
  'https://click.example.com/r/https://www.example.com/unsubscribe',
  `https://click.example.com/c?p=${Buffer.from('https://www.example.com/unsubscribe').toString('base64url')}`,
  'https://a.example/c?to=https%3A%2F%2Fb.example%2Fc%3Fto%3Dhttps%253A%252F%252Fc.example%252Fopt-out',
];
const LEADS_IN = [
  'https://www.example.com/',
  'https://www.example.com/blog/how-to-unsubscribe-from-spam',
  'https://www.example.com/?ref=opt-out-banner',
  'https://www.example.com/?ref=unsubscribe',
  'https://www.example.com/docs/email-preferences-api',
  'https://www.example.com/faq#unsubscribe',
  'https://www.example.com/search?q=unsubscribe',
  'https://www.example.com/subscribe',
  'https://click.example.com/c?u=https%3A%2F%2Fwww.example.com%2Fblog%2Fhow-to-unsubscribe',
  'https://www.example.com/opt-outdoor',
  'mailto:sales@example.com?subject=Offer',
  'mailto:unsubscribers@example.com',
  '',
  'read more',
];

for (const link of LEADS_OUT) test(`leads out: ${link}`, () => assert.equal(isUnsubscribeLink(link), true));
for (const link of LEADS_IN) test(`leads in: ${link}`, () => assert.equal(isUnsubscribeLink(link), false));

test('a redirect is what its target is, however often it was encoded', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...LEADS_OUT, ...LEADS_IN),
      fc.integer({ min: 1, max: 3 }),
      (target, times) => {
        if (!/^https?:/.test(target)) return;
        let link = target;
        for (let step = 0; step < times; step += 1)
          link = `https://click.example.com/${step}?to=${encodeURIComponent(link)}`;
        assert.equal(isUnsubscribeLink(link), isUnsubscribeLink(target), link);
      },
    ),
  );
});

test('no text takes long or throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => void isUnsubscribeLink(text)),
  );
  const nested = Array.from({ length: 400 }).reduce<string>((link) => `https://a.example/c?to=${link}`, 'x');
  const start = performance.now();
  isUnsubscribeLink(nested);
  isUnsubscribeLink(`https://a.example/${'https:/'.repeat(1_000)}`);
  assert.ok(performance.now() - start < 5_000);
});
