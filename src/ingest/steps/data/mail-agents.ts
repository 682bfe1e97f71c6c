/**
 * User agents of e-mail, as of November 2026: from the vendors' own documentation and from public reports of open and
 * click logs. The first list that matches decides. Words are matched whole, in any letter case.
 */
const words = (list: string): RegExp =>
  new RegExp(
    `(?<![a-z])(?:${list
      .trim()
      .split(/\s*\n\s*/)
      .join('|')})(?![a-z])`,
    'i',
  );

/** Fetch a picture when the person opens the e-mail in the mailbox's own pages or app. */
export const MAILBOX_PROXIES = words(`
  GoogleImageProxy
  via ggpht\\.com
  YahooMailProxy
  YahooCacheSystem
  Yahoo! Mail Proxy
  AOLMailProxy
  SeznamEmailProxy
  SeznamMailProxy
  YandexMailProxy
  NaverMailProxy
  DaumMailProxy
  QQMailProxy
  FastmailProxy
  FastMail image proxy
  SuperhumanProxy
  ZohoMailProxy
  ZohoImageProxy
  \\w*(?:mail|image)[-_ ]?(?:image[-_ ]?)?proxy
`);

/** Fetch pictures whether or not the person opens the e-mail. Apple's says nothing but this. */
export const PRIVACY_PROXIES =
  /^Mozilla\/5\.0$|apple[- ]?mail[- ]?privacy|mail privacy protection|DuckDuckGo[- ]Email[- ]Protection|ProtonMail[- ]?(?:Privacy|Image)/i;

/** The user agent of Gmail's fetch before an open. No browser has it: Edge 12 never names Mozilla a second time. */
const GMAIL_PRE_FETCH = String.raw`Edge\/12\.246 Mozilla\/5\.0$`;
/** Security gateways that open e-mails and follow links before, or as, they are delivered; and what looks at links for them. */
export const SCANNERS = new RegExp(
  `${GMAIL_PRE_FETCH}|${
    words(`
  Barracuda\\w*
  Proofpoint\\w*
  urldefense
  Mimecast\\w*
  SafeLinks?
  Microsoft[- ]SafeLinks?
  BingPreview
  Microsoft Office Existence Discovery
  Microsoft Office Protocol Discovery
  Microsoft Defender
  Symantec\\w*
  MessageLabs
  Forti(?:guard|mail|gate|sandbox|net)\\w*
  Trend ?Micro\\w*
  IronPort
  Cisco[- ](?:ESA|Umbrella|Talos|Secure\\w*)
  Cloudmark
  Sophos\\w*
  Zscaler\\w*
  Forcepoint
  Websense
  McAfee\\w*
  Trellix
  FireEye
  Kaspersky\\w*
  Bitdefender\\w*
  ESET
  Avast ?Antivirus
  F-Secure
  WithSecure
  VadeSecure
  Vade ?(?:Secure|Retro)
  Hornetsecurity
  SpamAssassin
  rspamd
  amavis\\w*
  MailScanner
  MailCleaner
  MailGuard
  MailMarshal
  SpamTitan
  SpamExperts
  SpamHaus
  Area ?1(?: ?Security)?
  Abnormal ?Security
  Ironscales
  Perception ?Point
  Check ?Point\\w*
  GreatHorn
  INKY
  SlashNext\\w*
  Netcraft\\w*
  PhishTank
  OpenPhish
  urlscan(?:\\.io)?
  urlquery
  VirusTotal\\w*
  Google-Safety
  SafeBrowsing
  Clearswift
  Libraesva
  Retarus
  LinkScanner
  EdgeWave
  Egress
  MessageControl
  mailchannels
`).source
  }`,
  'i',
);

/** Programs and apps that people read e-mail with. */
const CLIENT_NAMES = words(`
  Microsoft Outlook
  Outlook-(?:iOS|Android|Express)
  Outlook
  MacOutlook
  ms-office
  MSOffice
  Thunderbird
  Icedove
  Betterbird
  Postbox
  SeaMonkey Mail
  Airmail
  Spark(?:Mail|Desktop)
  Spark\\/\\d\\S*
  Lotus-Notes
  (?:IBM|HCL) Notes
  eM ?Client
  eMClient
  The Bat!?
  Evolution\\/\\d\\S*
  KMail2?
  Kontact
  Claws ?Mail
  Sylpheed
  Mailbird
  Mailspring
  Mailmate
  Polymail
  Superhuman
  Missive
  Foxmail
  Newton ?Mail
  YahooMobileMail
  YahooMobile\\w*
  Gmail
  AquaMail
  K-9(?: Mail)?
  K9Mail
  FairEmail
  BlueMail
  TypeApp
  EdisonMail
  Edison Mail
  Canary ?Mail
  Nine\\/\\d\\S*
  Boxer\\/\\d\\S*
  Zimbra\\w*
  Windows-?Mail
  Windows ?Live ?Mail
  WindowsCommunicationsApps
  Incredimail
  Eudora
  Geary
  SamsungEmail
  Samsung ?Email
  Android-Mail
  AndroidMail
  ProtonMail
  Proton ?Mail
  Tutanota
  Tuta
  mobilemail
  MobileMail
  Apple-?Mail
  AppleMail
  com\\.apple\\.(?:mail|mobilemail)
  Apple-(?:iPhone|iPad)\\w*
  Mail\\/\\d\\S*
`);
/** Apple's Mail shows pages with WebKit, but is no Safari and doesn't say it is. */
const APPLE_MAIL =
  /\((?:Macintosh|iPhone|iPad|iPod)[^)]*\) AppleWebKit\/[\d.]+ \(KHTML, like Gecko\)(?: Mobile\/\w+)?$/;
export const MAIL_CLIENTS = new RegExp(`${APPLE_MAIL.source}|${CLIENT_NAMES.source}`, 'i');

/** Libraries that apps on phones make requests with. */
export const APP_LIBRARIES =
  /^Dalvik\/|okhttp|CFNetwork\/|UnityPlayer|^Dart\/|Alamofire|Cronet|React ?Native|^Expo\/|Xamarin|NSURL|^Volley\/|^ktor-client/i;
