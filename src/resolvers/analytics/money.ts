import { decimalText } from '../../domain/money.ts';
import { type Amount, type Revenue, unitsOf } from '../../services/figures/revenue.ts';
import type { Money } from './generated.ts';

const shownAmount = (amount: Amount): Money => ({
  currency: amount.currency,
  value: unitsOf(amount),
  text: decimalText(amount.micros),
});

/** What is shown of revenue beside its value. */
export const shownMoney = ({ total, byCurrency }: Revenue) => ({
  text: total && decimalText(total.micros),
  currency: total?.currency ?? null,
  byCurrency: byCurrency.map(shownAmount),
});
