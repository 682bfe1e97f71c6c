import { idKind } from './ids.ts';

/** The type of an attribute's value: JSON string, integral number, number, boolean, ISO-8601 string, absolute URL. */
export type AttributeDataType = 'STRING' | 'INTEGER' | 'NUMBER' | 'BOOLEAN' | 'DATETIME' | 'URL';

export type AttributeDefinition = {
  readonly name: string;
  readonly dataType: AttributeDataType;
  readonly description: string;
  readonly required: boolean;
  /** Personal data: masked for callers without the scope `leads:pii`. */
  readonly pii: boolean;
};

/** Global ids of activity types: their names. */
export const ACTIVITY_TYPE = idKind({ type: 'ActivityType', letter: 'T' });

export type ActivityCategory = 'WEB' | 'EMAIL' | 'MOBILE' | 'CRM' | 'CUSTOM';

export type ActivityTypeDefinition = {
  readonly name: string;
  /** Marketo's activity type id for its standard types; ours from 90,001; a tenant's own from 100,001. */
  readonly number: number;
  readonly category: ActivityCategory;
  readonly description: string;
  readonly attributes: readonly AttributeDefinition[];
  /** Counted by the measure `conversions`; its attribute `revenue` by the measure `revenue`. */
  readonly conversion: boolean;
  readonly standard: boolean;
};

type Spec = readonly [
  name: string,
  dataType: AttributeDataType,
  description: string,
  flags?: 'required' | 'pii',
];

const attribute = ([name, dataType, description, flag]: Spec): AttributeDefinition => ({
  name,
  dataType,
  description,
  required: flag === 'required',
  pii: flag === 'pii',
});

const standard = (
  number: number,
  name: string,
  category: ActivityCategory,
  description: string,
  specs: readonly Spec[],
  conversion = false,
): ActivityTypeDefinition =>
  Object.freeze({
    name,
    number,
    category,
    description,
    attributes: specs.map(attribute),
    conversion,
    standard: true,
  });

/** The standard type that takes attributes it does not declare, from every sender. */
export const OPEN_TYPE = 'Track Event';

const PAGE: readonly Spec[] = [
  ['url', 'URL', 'Address of the page'],
  ['path', 'STRING', 'Path of the page'],
  ['title', 'STRING', 'Title of the page'],
  ['referrer', 'STRING', 'Address of the page before'],
  ['search', 'STRING', 'Query string of the address'],
  ['name', 'STRING', "The sender's name for the page"],
  ['category', 'STRING', "The sender's category of the page"],
];
const EMAIL: readonly Spec[] = [
  ['subject', 'STRING', 'Subject line'],
  ['mailingId', 'STRING', "The sender's id of the mailing"],
];

/**
 * The standard activity types. Numbers up to 90,000 are Marketo's published activity type ids
 * (Marketo Engage REST API, "Activities", Get Activity Types).
 */
export const STANDARD_TYPES: readonly ActivityTypeDefinition[] = [
  standard(1, 'Visit Webpage', 'WEB', 'A person viewed a page.', PAGE),
  standard(
    2,
    'Fill Out Form',
    'WEB',
    'A person submitted a form.',
    [
      ['formId', 'STRING', 'Which form'],
      ['formName', 'STRING', 'Name of the form'],
      ['url', 'URL', 'Page the form is on'],
      ['email', 'STRING', 'Address that was entered', 'pii'],
      ['revenue', 'NUMBER', 'Value of the conversion'],
      ['currency', 'STRING', 'ISO 4217 code of its currency'],
    ],
    true,
  ),
  standard(3, 'Click Link', 'WEB', 'A person clicked a link on a page.', [
    ['link', 'STRING', 'Target of the link'],
    ['url', 'URL', 'Page the link is on'],
  ]),
  standard(6, 'Send Email', 'EMAIL', 'An e-mail was sent to the person.', EMAIL),
  standard(7, 'Email Delivered', 'EMAIL', "The recipient's server took the e-mail.", EMAIL),
  standard(8, 'Email Bounced', 'EMAIL', "The recipient's server refused the e-mail for good (hard bounce).", [
    ...EMAIL,
    ['reason', 'STRING', "The server's reason"],
    ['category', 'STRING', 'Category of the bounce'],
  ]),
  standard(9, 'Unsubscribe Email', 'EMAIL', 'The person unsubscribed.', EMAIL),
  standard(10, 'Open Email', 'EMAIL', 'The person (or a robot) opened the e-mail.', EMAIL),
  standard(11, 'Click Email', 'EMAIL', 'The person (or a robot) clicked a link in the e-mail.', [
    ...EMAIL,
    ['link', 'STRING', 'Target of the link'],
    [
      'linkType',
      'STRING',
      '`unsubscribe` for a link that ends the subscription; otherwise its address tells',
    ],
  ]),
  standard(12, 'New Lead', 'CRM', 'The person became known.', [
    ['sourceType', 'STRING', 'How the person came in'],
    ['sourceInfo', 'STRING', 'More on how'],
  ]),
  standard(13, 'Change Data Value', 'CRM', 'A field of the person changed.', [
    ['attributeName', 'STRING', 'Which field', 'required'],
    ['oldValue', 'STRING', 'Value before', 'pii'],
    ['newValue', 'STRING', 'Value after', 'pii'],
    ['reason', 'STRING', 'Why it changed'],
  ]),
  standard(22, 'Change Score', 'CRM', "The person's score changed.", [
    ['scoreName', 'STRING', 'Which score'],
    ['changeValue', 'INTEGER', 'By how much'],
    ['oldValue', 'INTEGER', 'Value before'],
    ['newValue', 'INTEGER', 'Value after'],
    ['reason', 'STRING', 'Why it changed'],
  ]),
  standard(24, 'Add to List', 'CRM', 'The person was added to a list.', [['listId', 'STRING', 'Which list']]),
  standard(25, 'Remove from List', 'CRM', 'The person was removed from a list.', [
    ['listId', 'STRING', 'Which list'],
  ]),
  standard(
    27,
    'Email Bounced Soft',
    'EMAIL',
    "The recipient's server refused the e-mail for now (soft bounce).",
    [...EMAIL, ['reason', 'STRING', "The server's reason"], ['category', 'STRING', 'Category of the bounce']],
  ),
  standard(38, 'Send Alert', 'CRM', 'An e-mail about the person was sent to somebody else.', [
    ['alertSubject', 'STRING', 'Subject line', 'pii'],
    ['recipients', 'INTEGER', 'How many got it'],
  ]),
  standard(46, 'Interesting Moment', 'CRM', 'Something sales should know about.', [
    ['momentType', 'STRING', 'Kind of the moment'],
    ['description', 'STRING', 'What happened'],
    ['moment', 'STRING', 'Source of the moment'],
  ]),
  standard(47, 'Request Campaign', 'CRM', 'A campaign was started for the person.', [
    ['requestedCampaignId', 'STRING', 'Which campaign'],
  ]),
  standard(110, 'Call Webhook', 'CRM', 'Another system was told of the person.', [
    ['host', 'STRING', 'Where'],
    ['status', 'INTEGER', 'Status of the answer'],
  ]),
  standard(90001, 'View Screen', 'MOBILE', 'A person viewed a screen of an app.', [
    ['name', 'STRING', 'Name of the screen'],
    ['category', 'STRING', "The sender's category of the screen"],
    ['appVersion', 'STRING', 'Version of the app'],
  ]),
  standard(90002, 'Install App', 'MOBILE', 'A person installed or updated an app.', [
    ['appVersion', 'STRING', 'Version of the app'],
  ]),
  standard(90003, 'Open App', 'MOBILE', 'A person opened an app.', [
    ['appVersion', 'STRING', 'Version of the app'],
  ]),
  standard(
    90004,
    'Complete Order',
    'WEB',
    'A person completed an order.',
    [
      ['orderId', 'STRING', 'Which order'],
      ['revenue', 'NUMBER', 'Revenue of the order'],
      ['currency', 'STRING', 'ISO 4217 code of the currency'],
    ],
    true,
  ),
  standard(90005, OPEN_TYPE, 'CUSTOM', "An event of the sender's own, with whatever properties it has.", [
    ['event', 'STRING', 'Name of the event', 'required'],
  ]),
  standard(90006, 'Mark Email as Spam', 'EMAIL', 'The person reported the e-mail as spam.', EMAIL),
  standard(90007, 'Wait', 'CRM', 'The person waits between two steps of a campaign.', [
    ['until', 'DATETIME', 'When the wait ends'],
  ]),
  standard(90008, 'Execute Campaign', 'CRM', "A campaign's flow was run within another campaign.", [
    ['executedCampaignId', 'STRING', 'Which campaign'],
  ]),
  standard(90009, 'Remove from Flow', 'CRM', 'The person was taken out of campaigns.', [
    ['removedCampaignId', 'STRING', 'Which campaign; `all` for every campaign'],
    ['runs', 'INTEGER', 'How many runs ended'],
  ]),
];

/** The first number of a tenant's own types. */
export const FIRST_CUSTOM_NUMBER = 100_001;

const BY_NAME = new Map(STANDARD_TYPES.map((type) => [type.name, type]));

/** The standard type of that name, if there is one. */
export const standardType = (name: string): ActivityTypeDefinition | undefined => BY_NAME.get(name);

/** Of standard types, the attribute that says what the activity was about; Marketo's types have one each. */
const PRIMARY: Readonly<Record<string, string>> = {
  'Fill Out Form': 'formName',
  'Send Email': 'mailingId',
  'Email Delivered': 'mailingId',
  'Email Bounced': 'mailingId',
  'Email Bounced Soft': 'mailingId',
  'Unsubscribe Email': 'mailingId',
  'Open Email': 'mailingId',
  'Click Email': 'mailingId',
  'Mark Email as Spam': 'mailingId',
};

/** The attribute that says what an activity was about: of a tenant's own type the first it declares; undefined for one without attributes. */
export const primaryAttribute = (type: ActivityTypeDefinition): AttributeDefinition | undefined =>
  type.attributes.find(({ name }) => type.standard && name === PRIMARY[type.name]) ?? type.attributes[0];

/** Names of the types that the e-mail rules and measures look at. */
export const EMAIL_TYPES = {
  send: 'Send Email',
  delivered: 'Email Delivered',
  hardBounced: 'Email Bounced',
  softBounced: 'Email Bounced Soft',
  opened: 'Open Email',
  clicked: 'Click Email',
  unsubscribed: 'Unsubscribe Email',
  markedAsSpam: 'Mark Email as Spam',
} as const;

/** The type that the measure `visits` counts. */
export const VISIT_TYPE = 'Visit Webpage';
