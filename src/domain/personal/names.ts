/**
 * Names that classify values, as data. Names are in lower case without separators, as `plainName` writes them. Sources:
 * Segment, "Spec: Identify" (traits), "Spec: Common Fields" (context), "Spec: V2 Ecommerce Events"; Google, "URL
 * builders: Collect campaign data with custom URLs".
 *
 * A string under a name that nobody declared is personal unless the name is in `HARMLESS_NAMES`. So `PERSONAL_NAMES`
 * matters for numbers, booleans and values below a name.
 */

/** A value under such a name is personal as a whole, whatever it is and whatever stands below it. */
export const PERSONAL_NAMES: readonly string[] = [
  // who
  ...[
    'user',
    'users',
    'userid',
    'username',
    'login',
    'traits',
    'person',
    'people',
    'contact',
    'contacts',
    'lead',
  ],
  ...[
    'customer',
    'customerid',
    'profile',
    'account',
    'accountnumber',
    'recipient',
    'sender',
    'visitor',
    'member',
  ],
  ...[
    'externalid',
    'externalids',
    'anonymousid',
    'memberid',
    'personid',
    'leadid',
    'contactid',
    'employeeid',
  ],
  // names and what describes a person
  ...['firstname', 'lastname', 'middlename', 'fullname', 'givenname', 'familyname', 'surname', 'nickname'],
  ...[
    'displayname',
    'salutation',
    'initials',
    'age',
    'gender',
    'sex',
    'avatar',
    'photo',
    'picture',
    'signature',
  ],
  ...[
    'birthday',
    'birthdate',
    'birthyear',
    'dateofbirth',
    'dob',
    'nationality',
    'religion',
    'ethnicity',
    'race',
  ],
  ...['maritalstatus', 'income', 'salary', 'health', 'diagnosis'],
  // how to reach a person
  ...[
    'email',
    'emails',
    'emailaddress',
    'mail',
    'phone',
    'phones',
    'phonenumber',
    'mobile',
    'mobilephone',
    'tel',
  ],
  ...[
    'telephone',
    'cell',
    'cellphone',
    'fax',
    'whatsapp',
    'telegram',
    'skype',
    'address',
    'addresses',
    'street',
  ],
  ...[
    'address1',
    'address2',
    'streetaddress',
    'housenumber',
    'postalcode',
    'postcode',
    'zip',
    'zipcode',
    'city',
  ],
  ...['billingaddress', 'shippingaddress', 'linkedin', 'twitter', 'facebook', 'instagram', 'github'],
  // where a person is, and on what device
  ...[
    'ip',
    'ipaddress',
    'ipv4',
    'ipv6',
    'clientip',
    'remoteip',
    'remoteaddress',
    'macaddress',
    'latitude',
    'lat',
  ],
  ...[
    'longitude',
    'lng',
    'lon',
    'geo',
    'geopoint',
    'coordinates',
    'deviceid',
    'devicetoken',
    'pushtoken',
    'imei',
  ],
  ...['advertisingid', 'idfa', 'idfv', 'gaid', 'aaid', 'androidid', 'clientid', 'sessionid', 'fingerprint'],
  // secrets and numbers of documents
  ...[
    'password',
    'passcode',
    'pin',
    'secret',
    'token',
    'accesstoken',
    'refreshtoken',
    'apikey',
    'cookie',
    'cookies',
  ],
  ...[
    'ssn',
    'socialsecuritynumber',
    'taxid',
    'vatid',
    'passport',
    'passportnumber',
    'nationalid',
    'licensenumber',
  ],
  ...['iban', 'bic', 'creditcard', 'cardnumber', 'card', 'cvv', 'bankaccount'],
];

/** Parameters of an address that are personal besides. In attributes, a text under such a name is masked anyway. */
export const PERSONAL_PARAMETERS: readonly string[] = ['name', 'fname', 'lname', 'mname', 'msisdn'];

/** A parameter whose name ends so is personal: `user_email`, `billingPhone`. */
export const PERSONAL_ENDINGS: readonly string[] = [
  'email',
  'emailaddress',
  'phone',
  'phonenumber',
  'firstname',
  'lastname',
  'fullname',
  'birthday',
  'birthdate',
  'password',
];

/** A value under such a name says nothing of a person, though no type declares it. E-mail addresses in it are masked. */
export const HARMLESS_NAMES: readonly string[] = [
  // pages and links, and what they are tagged with
  ...['url', 'path', 'href', 'link', 'referrer', 'referer', 'host', 'hostname', 'domain'],
  ...['utmsource', 'utmmedium', 'utmcampaign', 'utmterm', 'utmcontent', 'utmid', 'campaign', 'campaignid'],
  ...['campaignname', 'source', 'medium', 'channel', 'event', 'type', 'kind', 'action'],
  // goods and orders
  ...['sku', 'productid', 'brand', 'category', 'categoryid', 'variant', 'currency', 'coupon', 'couponid'],
  ...[
    'promotionid',
    'listid',
    'orderid',
    'checkoutid',
    'cartid',
    'affiliation',
    'paymentmethod',
    'shippingmethod',
  ],
  ...['color', 'size', 'plan', 'tier', 'status'],
  // mailings, forms, experiments
  ...[
    'mailingid',
    'emailid',
    'emailsubject',
    'formid',
    'formname',
    'templateid',
    'experimentid',
    'experiment',
  ],
  ...['experimentname', 'variationid', 'variation', 'variationname'],
  // software
  ...[
    'platform',
    'os',
    'browser',
    'version',
    'appversion',
    'build',
    'environment',
    'language',
    'locale',
    'timezone',
  ],
  ...['country', 'countrycode', 'device', 'devicetype'],
];

/** Of an object under one of these names, its `name` and `title` are those of goods. */
export const GOODS: readonly string[] = ['product', 'products', 'item', 'items', 'variants'];
export const GOODS_NAMES: readonly string[] = ['name', 'title', 'description'];

/**
 * The parts of a context that are shown: names of objects, and of their values. All other texts of a context are
 * personal.
 */
export const HARMLESS_CONTEXT: Readonly<Record<string, readonly string[] | 'itself'>> = {
  app: ['name', 'version', 'build', 'namespace'],
  campaign: ['name', 'id', 'source', 'medium', 'term', 'content', 'creativeformat', 'marketingtactic'],
  channel: 'itself',
  country: 'itself',
  device: ['type', 'manufacturer', 'model'],
  library: ['name', 'version'],
  locale: 'itself',
  location: ['country', 'countrycode'],
  network: ['carrier'],
  os: ['name', 'version'],
  page: ['url', 'path', 'title', 'referrer', 'search'],
  referrer: ['type', 'name', 'url', 'link'],
  timezone: 'itself',
  useragent: 'itself',
  useragentdata: [
    'platform',
    'platformversion',
    'architecture',
    'model',
    'uafullversion',
    'brands',
    'fullversionlist',
  ],
};

/** Objects of a context that are about a person or a device: only harmless values in them are shown, no numbers. */
export const PERSONAL_CONTEXT: readonly string[] = ['device', 'location'];
