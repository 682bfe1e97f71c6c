import type { Message } from '../../datasources/mail-transport/port.ts';
import { ownValue } from '../../domain/campaigns/activity-condition.ts';
import type { EmailContent, FlowAction } from '../../domain/campaigns/model.ts';
import { digest16 } from '../../domain/digest.ts';
import { type ActionResult, done, failed, type StepContext, skipped } from './parts.ts';

type Action<T extends FlowAction['type']> = Extract<FlowAction, { type: T }>;

/** The trait of people who want no more mail. */
const OPTED_OUT = 'unsubscribed';

/**
 * Sends an e-mail to the person. Opt-out and communication limits are asked at this moment. The message has the same id
 * at every attempt.
 */
export async function sendEmail(context: StepContext, { email }: Action<'sendEmail'>): Promise<ActionResult> {
  const { parts, tenant, definition, signal } = context;
  const { lead } = await context.person();
  if (lead.email === null) return skipped('The person has no e-mail address.');
  const messageId = messageIdFor(context, '');
  const at = context.now();
  if (!definition.isOperational) {
    if (ownValue(lead.traits, OPTED_OUT) === true) return skipped('The person has unsubscribed.');
    if (!(await parts.runs.takeSend(tenant, lead.key, messageId, at, parts.sendLimits, signal)))
      return skipped('A communication limit is reached.');
  }
  const message = await composed(context, email, { to: lead.email, messageId, at });
  const sent = await handOver(context, [message]);
  if (sent) return sent;
  const mailingId = `${context.campaign.id}/${context.path}`;
  await parts.door.write(context, {
    at,
    activity: { type: 'Send Email', attributes: { subject: message.subject, mailingId }, assetId: mailingId },
  });
  return done({ messageId });
}

/** Sends an e-mail about the person to fixed addresses. */
export async function sendAlert(
  context: StepContext,
  { to, email }: Action<'sendAlert'>,
): Promise<ActionResult> {
  const at = context.now();
  const messages: Message[] = [];
  for (const [index, address] of to.entries())
    messages.push(
      await composed(context, email, { to: address, messageId: messageIdFor(context, `.${index}`), at }),
    );
  const sent = await handOver(context, messages);
  if (sent) return sent;
  const [first] = messages;
  await context.parts.door.write(context, {
    at,
    activity: {
      type: 'Send Alert',
      attributes: { alertSubject: first?.subject ?? '', recipients: to.length },
    },
  });
  return done({ recipients: to.length });
}

/** Nobody can guess it from a person or a campaign. */
const messageIdFor = ({ run, path, tenant, parts }: StepContext, suffix: string): string =>
  `<${digest16(`${tenant.idSpace}\0${run.id}\0${path}${suffix}`)}@${parts.mailDomain}>`;

async function composed(
  context: StepContext,
  { fromName, fromAddress, replyTo, subject, text, html }: EmailContent,
  { to, messageId, at }: Pick<Message, 'to' | 'messageId' | 'at'>,
): Promise<Message> {
  return {
    messageId,
    from: { name: fromName === null ? null : await context.fill(fromName), address: fromAddress },
    replyTo,
    to,
    subject: (await context.fill(subject)).replaceAll(/[\r\n]+/g, ' '),
    text: await context.fill(text),
    html: html === null ? null : await context.fill(html, true),
    headers: { 'X-Campaign': context.campaign.id },
    at,
  };
}

/** @returns undefined when all messages are on their way */
async function handOver(
  { parts, tenant, signal }: StepContext,
  messages: readonly Message[],
): Promise<ActionResult | undefined> {
  for (const message of messages) {
    const delivery = await parts.mail.send(tenant.id, message, signal);
    if (delivery.status === 'REFUSED') return skipped(`The message was refused: ${delivery.reason}`);
    if (delivery.status === 'LATER') return { status: 'RETRY', reason: delivery.reason };
    if (delivery.status === 'UNKNOWN') return failed(`The message may have been sent: ${delivery.reason}`);
  }
  return undefined;
}
