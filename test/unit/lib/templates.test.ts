import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MAX_TEMPLATE, parseTemplate, renderTemplate, TemplateError } from '../../../src/lib/templates.ts';

const render = (source: string, values: Record<string, unknown>, html = false): Promise<string> =>
  renderTemplate(parseTemplate(source, html), values);

describe('templates of users', () => {
  test('fill in values, and nothing for a name without a value', async () => {
    assert.equal(await render('Hi {{ lead.name | default: "you" }}, {{ no.such }}!', {}), 'Hi you, !');
    assert.equal(await render('Hi {{ lead.name }}', { lead: { name: 'Ann' } }), 'Hi Ann');
  });

  test('escape values in HTML, and leave them alone in text', async () => {
    const values = { lead: { name: '<b>&' } };
    assert.equal(await render('{{ lead.name }}', values, true), '&lt;b&gt;&amp;');
    assert.equal(await render('{{ lead.name }}', values), '<b>&');
  });

  for (const source of ['{{ a | no_such_filter }}', '{% if a %}', '{% no_such_tag %}', '{{ a'])
    test(`refuse ${source}, with the line of the fault`, () => {
      assert.throws(
        () => parseTemplate(source, false),
        (error) => error instanceof TemplateError && /line/.test(error.message),
      );
    });

  for (const tag of ['include', 'render', 'layout'])
    test(`read no file by ${tag}`, () => {
      assert.throws(() => parseTemplate(`{% ${tag} "/etc/hostname" %}`, false), TemplateError);
    });

  test('show nothing of a prototype', async () => {
    assert.equal(await render('{{ a.constructor }}{{ a.__proto__ }}{{ a.toString }}', { a: {} }), '');
  });

  test('end when they run too long or grow too large', async () => {
    await assert.rejects(render('{% for i in (1..100000000) %}x{% endfor %}', {}), TemplateError);
    const doubling =
      '{% assign s = "x" %}{% for i in (1..40) %}{% assign s = s | append: s %}{% endfor %}{{ s }}';
    await assert.rejects(render(doubling, {}), TemplateError);
  });

  test('have a bounded length', () => {
    assert.throws(() => parseTemplate('x'.repeat(MAX_TEMPLATE + 1), false), TemplateError);
  });
});
