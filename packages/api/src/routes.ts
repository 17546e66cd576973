/** Every route of the API: what it takes, what it answers. The server cannot leave one out, nor answer another shape. */
import { z } from 'zod';
import * as shapes from './shapes/index.ts';

/** What one route takes and answers. */
export interface Route {
  readonly method: 'get' | 'post' | 'delete';
  /** Under `/api`, parts in braces. */
  readonly path: string;
  readonly tag:
    | 'session'
    | 'overview'
    | 'contacts'
    | 'conflicts'
    | 'dead letters'
    | 'health'
    | 'alerts'
    | 'drift'
    | 'schedules'
    | 'actions';
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
  /** Changes something that is recorded: takes `Idempotency-Key`. */
  readonly action?: true;
  /** Open to those who are not logged in. */
  readonly open?: true;
  /** Codes of problems beside those that every route may answer. */
  readonly problems: readonly string[];
}

const contact = z.object({ contact_id: shapes.idSchema });
const conflict = z.object({ conflict_id: shapes.conflictIdSchema });
const letter = z.object({ dead_letter_id: shapes.keySchema });
const alert = z.object({ alert_id: shapes.keySchema });
const schedule = z.object({ name: shapes.scheduleNameSchema });

/** Every route by its name. */
export const ROUTES = {
  session: {
    method: 'get',
    path: '/session',
    tag: 'session',
    summary: 'Who is logged in',
    answer: shapes.sessionSchema,
    open: true,
    problems: [],
  },
  login: {
    method: 'post',
    path: '/session',
    tag: 'session',
    summary: 'Log in: sets the session cookie',
    body: shapes.loginSchema,
    answer: shapes.sessionSchema,
    open: true,
    problems: ['TOKEN_REQUIRED', 'TOO_MANY_REQUESTS'],
  },
  logout: {
    method: 'delete',
    path: '/session',
    tag: 'session',
    summary: 'Log out',
    answer: shapes.sessionSchema,
    problems: [],
  },
  overview: {
    method: 'get',
    path: '/overview',
    tag: 'overview',
    summary: 'Everything at a glance; GET /api/events streams the same, as it changes',
    answer: shapes.overviewSchema,
    problems: [],
  },
  contacts: {
    method: 'get',
    path: '/contacts',
    tag: 'contacts',
    summary: 'Search contacts',
    query: shapes.contactsQuery,
    answer: shapes.contactPage,
    problems: [],
  },
  contact: {
    method: 'get',
    path: '/contacts/{contact_id}',
    tag: 'contacts',
    summary: 'One contact, and how it stands in each system',
    params: contact,
    answer: shapes.contactDetail,
    problems: ['NO_SUCH_CONTACT'],
  },
  timeline: {
    method: 'get',
    path: '/contacts/{contact_id}/timeline',
    tag: 'contacts',
    summary: 'What happened to a contact, newest first',
    params: contact,
    query: shapes.timelineQuery,
    answer: shapes.timelinePage,
    problems: ['NO_SUCH_CONTACT'],
  },
  versions: {
    method: 'get',
    path: '/contacts/{contact_id}/versions/{version}',
    tag: 'contacts',
    summary: 'The versions of one number: the accepted one first, then those that lost',
    params: contact.extend({ version: z.coerce.number().int().nonnegative() }),
    answer: z.object({ items: z.array(shapes.versionDetail) }),
    problems: ['NO_SUCH_VERSION'],
  },
  restore: {
    method: 'post',
    path: '/contacts/{contact_id}/restore',
    tag: 'contacts',
    summary: 'Make a past version the new one, everywhere',
    params: contact,
    body: shapes.restoreSchema,
    answer: shapes.restored,
    action: true,
    problems: ['NO_SUCH_CONTACT', 'NO_SUCH_VERSION', 'VERSION_AMBIGUOUS', 'VERSION_DELETED', 'CONTACT_IN_CONFLICT'],
  },
  sync: {
    method: 'post',
    path: '/contacts/{contact_id}/sync',
    tag: 'contacts',
    summary: 'Read a contact in every system, decide, and bring it everywhere, now',
    params: contact,
    answer: shapes.synced,
    action: true,
    problems: ['NO_SUCH_CONTACT'],
  },
  conflicts: {
    method: 'get',
    path: '/conflicts',
    tag: 'conflicts',
    summary: 'Exact ties',
    query: shapes.conflictsQuery,
    answer: shapes.conflictPage,
    problems: [],
  },
  conflict: {
    method: 'get',
    path: '/conflicts/{conflict_id}',
    tag: 'conflicts',
    summary: 'One tie, field by field, beside what both sides began with',
    params: conflict,
    answer: shapes.conflictDetail,
    problems: ['NO_SUCH_CONFLICT'],
  },
  resolve: {
    method: 'post',
    path: '/conflicts/{conflict_id}/resolve',
    tag: 'conflicts',
    summary: 'Decide: the choice becomes the new version everywhere',
    params: conflict,
    body: shapes.choiceSchema,
    answer: z.object({ conflict_id: z.string(), contact_id: shapes.idSchema, version: shapes.versionSchema }),
    action: true,
    problems: [
      'NO_SUCH_CONFLICT',
      'CONFLICT_CLOSED',
      'NO_SUCH_CANDIDATE',
      'NO_SUCH_FIELD',
      'CANDIDATE_DELETED',
      'INVALID_CONTENT',
    ],
  },
  deadLetters: {
    method: 'get',
    path: '/dead-letters',
    tag: 'dead letters',
    summary: 'Work that failed for good',
    query: shapes.deadLettersQuery,
    answer: shapes.deadLetterPage,
    problems: [],
  },
  deadLetterGroups: {
    method: 'get',
    path: '/dead-letters/groups',
    tag: 'dead letters',
    summary: 'How many there are of each kind',
    query: shapes.deadLetterFilter,
    answer: shapes.deadLetterGroups,
    problems: [],
  },
  deadLetter: {
    method: 'get',
    path: '/dead-letters/{dead_letter_id}',
    tag: 'dead letters',
    summary: 'One dead letter, and what was done about it',
    params: letter,
    answer: shapes.deadLetterDetail,
    problems: ['NO_SUCH_DEAD_LETTER'],
  },
  replay: {
    method: 'post',
    path: '/dead-letters/replay',
    tag: 'dead letters',
    summary: 'Try them again, reading the newest state of everything',
    body: shapes.selectionSchema,
    answer: shapes.replayResults,
    action: true,
    problems: [],
  },
  discard: {
    method: 'post',
    path: '/dead-letters/discard',
    tag: 'dead letters',
    summary: 'Give them up, with a reason: the edit stays as it is, the version is not sent there',
    body: shapes.discardSchema,
    answer: shapes.discardResults,
    action: true,
    problems: [],
  },
  health: {
    method: 'get',
    path: '/health',
    tag: 'health',
    summary: 'How the sync is doing: each system, the queues, the workers, what is wrong',
    answer: shapes.healthSchema,
    problems: [],
  },
  alerts: {
    method: 'get',
    path: '/alerts',
    tag: 'alerts',
    summary: 'What is wrong, or was',
    query: shapes.alertsQuery,
    answer: shapes.alertList,
    problems: [],
  },
  acknowledge: {
    method: 'post',
    path: '/alerts/{alert_id}/acknowledge',
    tag: 'alerts',
    summary: 'Say that somebody has it in hand: nothing more is sent until it is over',
    params: alert,
    answer: shapes.alertSchema,
    action: true,
    problems: ['NO_SUCH_ALERT'],
  },
  silence: {
    method: 'post',
    path: '/alerts/{alert_id}/silence',
    tag: 'alerts',
    summary: 'Send nothing about it for so many minutes; 0 ends the silence',
    params: alert,
    body: shapes.silenceSchema,
    answer: shapes.alertSchema,
    action: true,
    problems: ['NO_SUCH_ALERT'],
  },
  drift: {
    method: 'get',
    path: '/drift',
    tag: 'drift',
    summary: 'What the last look at each system found, and the looks that are under way here',
    answer: shapes.driftLooks,
    problems: [],
  },
  look: {
    method: 'post',
    path: '/drift/{system}',
    tag: 'drift',
    summary: 'Compare a system with the ledger; what takes long goes on when this has answered',
    params: z.object({ system: shapes.systemSchema }),
    body: shapes.lookSchema,
    answer: shapes.lookResult,
    action: true,
    problems: ['LOOK_RUNNING'],
  },
  schedules: {
    method: 'get',
    path: '/schedules',
    tag: 'schedules',
    summary: 'What runs by itself: how often, and how it went',
    answer: shapes.scheduleList,
    problems: [],
  },
  pause: {
    method: 'post',
    path: '/schedules/{name}/pause',
    tag: 'schedules',
    summary: 'Let it not run any more, until somebody resumes it',
    params: schedule,
    answer: shapes.scheduleSchema,
    action: true,
    problems: [],
  },
  resume: {
    method: 'post',
    path: '/schedules/{name}/resume',
    tag: 'schedules',
    summary: 'Let it run again',
    params: schedule,
    answer: shapes.scheduleSchema,
    action: true,
    problems: [],
  },
  run: {
    method: 'post',
    path: '/schedules/{name}/run',
    tag: 'schedules',
    summary: 'Have it run as soon as a worker is free, also while it is paused',
    params: schedule,
    answer: shapes.scheduleSchema,
    action: true,
    problems: [],
  },
  actions: {
    method: 'get',
    path: '/actions',
    tag: 'actions',
    summary: 'Who did what, newest first',
    query: shapes.actionsQuery,
    answer: shapes.actionPage,
    problems: [],
  },
} as const satisfies Readonly<Record<string, Route>>;

/** The routes. */
export type Routes = typeof ROUTES;
/** The name of a route. */
export type RouteName = keyof Routes;

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;
type Input<Schema> = Schema extends z.ZodType ? z.input<Schema> : undefined;
type Part<Name extends RouteName, Key extends keyof Route> = Key extends keyof Routes[Name]
  ? Routes[Name][Key]
  : undefined;

/** What the server has of a request, once it is parsed. */
export interface Asked<Name extends RouteName> {
  readonly params: Output<Part<Name, 'params'>>;
  readonly query: Output<Part<Name, 'query'>>;
  readonly body: Output<Part<Name, 'body'>>;
}
/** What is said by who asks; parts that a route does not take are left out. */
export type Asking<Name extends RouteName> = Omit<
  {
    readonly params: Input<Part<Name, 'params'>>;
    readonly query: Input<Part<Name, 'query'>>;
    readonly body: Input<Part<Name, 'body'>>;
  },
  { [Key in 'params' | 'query' | 'body']: Key extends keyof Routes[Name] ? never : Key }['params' | 'query' | 'body']
>;
/** What a route answers. */
export type Answer<Name extends RouteName> = z.output<Routes[Name]['answer']>;
