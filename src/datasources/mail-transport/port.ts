/** One message for one recipient, complete. */
export type Message = {
  /** `<id@domain>`: the same for every attempt, so that receivers recognise a copy. */
  readonly messageId: string;
  readonly from: { readonly name: string | null; readonly address: string };
  readonly replyTo: string | null;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Of its `Date` header, epoch milliseconds. */
  readonly at: number;
};

/** The result of a hand-over. `REFUSED`: for good. `LATER`: try again. `UNKNOWN`: it may have been sent. */
export type Delivery =
  | { readonly status: 'SENT' }
  | { readonly status: 'REFUSED' | 'LATER' | 'UNKNOWN'; readonly reason: string };

/** Takes messages on their way. */
export interface MailTransport {
  /**
   * Hands over a message. The same message id again is no second message.
   * @throws Error where nothing was handed over; try again
   */
  send(tenantId: string, message: Message, signal: AbortSignal): Promise<Delivery>;
  close(): Promise<void>;
}
