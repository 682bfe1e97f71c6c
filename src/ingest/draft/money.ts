import type { ActivityTypeDefinition } from '../../domain/activity-types.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { currencyOf, isCurrency, MAX_REVENUE } from '../../domain/money.ts';
import { type Checked, type ItemError, ok, type Policy } from './draft.ts';

/**
 * Checks the money of a conversion: the attribute `revenue`, and the attribute `currency` beside it, which is converted
 * to upper case. `strict` rejects a wrong value; `lenient` leaves it out with a warning and keeps the activity.
 * @param attributes already checked against the type
 */
export function checkMoney(
  attributes: JsonObject,
  type: ActivityTypeDefinition,
  mode: Policy['mode'],
  warnings: ItemError[],
): Checked<JsonObject> {
  const { revenue, currency } = attributes;
  if (!type.conversion || typeof revenue !== 'number') return ok(attributes);
  const checked: Record<string, Json> = { ...attributes };
  if (Math.abs(revenue) > MAX_REVENUE) {
    if (mode === 'strict') return { kind: 'fail', error: TOO_GREAT };
    delete checked['revenue'];
    warnings.push(leftOut(TOO_GREAT));
  }
  if (typeof currency === 'string') {
    const code = currencyOf(currency.trim());
    if (code !== null && isCurrency(code)) checked['currency'] = code;
    else if (mode === 'strict') return { kind: 'fail', error: NO_CURRENCY };
    else {
      delete checked['currency'];
      warnings.push(leftOut(NO_CURRENCY));
    }
  }
  return ok(checked);
}

const leftOut = (error: ItemError): ItemError => ({ ...error, message: `${error.message} It was left out.` });

const TOO_GREAT: ItemError = {
  code: 'INVALID_VALUE',
  message: `'revenue' must be between -${MAX_REVENUE} and ${MAX_REVENUE}.`,
  path: 'attributes.revenue',
};
const NO_CURRENCY: ItemError = {
  code: 'INVALID_VALUE',
  message: "'currency' must be a code of ISO 4217, such as EUR.",
  path: 'attributes.currency',
};
