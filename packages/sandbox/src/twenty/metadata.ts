import { randomUUID } from 'node:crypto';
import { badInput, notFound, notImitated, Refusal } from './refusal.ts';
import type { Row } from './values.ts';

/** The types a field may be created with here, and whether such a field may be unique. */
const CREATABLE: Readonly<Record<string, boolean>> = {
  TEXT: true,
  NUMBER: true,
  UUID: true,
  RAW_JSON: false,
  DATE_TIME: false,
};

/** `type name label isUnique isNullable isSystem` of the fields every person has. */
const STANDARD = [
  ['UUID', 'id', 'Id', false, false, true],
  ['DATE_TIME', 'createdAt', 'Creation date', false, false, true],
  ['DATE_TIME', 'updatedAt', 'Last update', false, false, true],
  ['DATE_TIME', 'deletedAt', 'Deleted at', false, true, true],
  ['FULL_NAME', 'name', 'Name', false, true, false],
  ['EMAILS', 'emails', 'Emails', true, true, false],
  ['LINKS', 'linkedinLink', 'Linkedin', false, true, false],
  ['TEXT', 'jobTitle', 'Job Title', false, true, false],
  ['PHONES', 'phones', 'Phones', false, true, false],
  ['TEXT', 'avatarUrl', 'Avatar', false, true, true],
  ['FILES', 'avatarFile', 'Avatar File', false, true, true],
  ['POSITION', 'position', 'Position', false, false, true],
  ['ACTOR', 'createdBy', 'Created by', false, false, true],
  ['ACTOR', 'updatedBy', 'Updated by', false, false, true],
  ['TS_VECTOR', 'searchVector', 'Search vector', false, true, true],
  ...[
    'attachments',
    'calendarEventParticipants',
    'company',
    'listMemberships',
    'messageParticipants',
    'noteTargets',
    'pointOfContactForOpportunities',
    'taskTargets',
    'timelineActivities',
  ].map((name) => ['RELATION', name, name, false, true, false] as const),
] as const;

export interface Field {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly label: string;
  readonly isUnique: boolean;
  readonly isNullable: boolean;
  readonly isSystem: boolean;
  readonly isActive: boolean;
  readonly isCustom: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** The data model of one workspace: a person object whose fields may be added to. */
export class Metadata {
  readonly workspaceId = randomUUID();
  readonly applicationId = randomUUID();
  readonly personId = randomUUID();
  readonly fields: Field[];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
    this.fields = STANDARD.map(([type, name, label, isUnique, isNullable, isSystem]) =>
      this.#field({ type, name, label, isUnique, isNullable, isSystem, isCustom: false }),
    );
  }

  /** The fields that were created here: these a person carries after the standard ones. */
  get custom(): readonly Field[] {
    return this.fields.filter((field) => field.isCustom);
  }

  get person(): Row {
    return {
      id: this.personId,
      nameSingular: 'person',
      namePlural: 'people',
      labelSingular: 'Person',
      labelPlural: 'People',
      isRemote: false,
      isActive: true,
      isSystem: false,
      isSearchable: true,
      workspaceId: this.workspaceId,
      applicationId: this.applicationId,
      fields: this.fields.map(({ isCustom: _, ...field }) => ({
        ...field,
        workspaceId: this.workspaceId,
        objectMetadataId: this.personId,
      })),
    };
  }

  objects(): Row {
    const { fields: _, ...person } = this.person;
    return {
      data: { objects: [{ ...person, fields: this.person.fields }] },
      totalCount: 1,
      pageInfo: { hasNextPage: false, startCursor: null, endCursor: null },
    };
  }

  object(id: string): Row {
    if (id !== this.personId) throw notFound();
    return { data: { object: this.person } };
  }

  create(input: Row): Row {
    const { objectMetadataId, type, name, label, isUnique = false } = input;
    if (objectMetadataId !== this.personId) throw notImitated('fields of objects other than person');
    if (typeof type !== 'string' || !(type in CREATABLE)) throw notImitated(`fields of type ${String(type)}`);
    if (typeof name !== 'string' || !/^[a-z]/.test(name) || /[^a-z\d]/i.test(name))
      throw invalid('INVALID_FIELD_INPUT', String(name), BAD_NAME);
    if (typeof label !== 'string' || label === '') throw badInput('label');
    if (this.fields.some((field) => field.name === name))
      throw invalid('NOT_AVAILABLE', name, `Name "${name}" is not available as it is already used by another field`);
    if (isUnique === true && CREATABLE[type] !== true) throw badInput(`isUnique for ${type}`);
    const field = this.#field({
      type,
      name,
      label,
      isUnique: isUnique === true,
      isNullable: true,
      isSystem: false,
      isCustom: true,
    });
    this.fields.push(field);
    const { isCustom: _, ...shown } = field;
    return {
      data: {
        createOneField: {
          ...shown,
          universalIdentifier: randomUUID(),
          objectMetadataId: this.personId,
          workspaceId: this.workspaceId,
          applicationId: this.applicationId,
          defaultValue: null,
          isLabelSyncedWithName: false,
          isUIEditable: true,
          isUIReadOnly: false,
          options: null,
        },
      },
    };
  }

  /** As if a user had deleted a custom field in the settings. */
  remove(name: string): void {
    const index = this.fields.findIndex((field) => field.isCustom && field.name === name);
    if (index < 0) throw new Error(`people have no custom field ${name}`);
    this.fields.splice(index, 1);
  }

  #field(field: Omit<Field, 'id' | 'isActive' | 'createdAt' | 'updatedAt'>): Field {
    const time = new Date(this.#now()).toISOString();
    return { id: randomUUID(), isActive: true, createdAt: time, updatedAt: time, ...field };
  }
}

const BAD_NAME = 'Name is not valid: it must start with lowercase letter and contain only alphanumeric letters';

/** Twenty reports the field and, following from it, each view the field would have been added to. */
function invalid(code: string, name: string, message: string): Refusal {
  const field = randomUUID();
  const view = () => ({
    status: 'fail',
    errors: [
      {
        code: 'INVALID_VIEW_DATA',
        message: 'Field metadata not found',
        userFriendlyMessage: 'Field metadata not found',
      },
    ],
    flatEntityMinimalInformation: {
      universalIdentifier: randomUUID(),
      viewUniversalIdentifier: randomUUID(),
      fieldMetadataUniversalIdentifier: field,
    },
    metadataName: 'viewField',
    type: 'create',
  });
  return new Refusal(400, {
    statusCode: 400,
    error: 'METADATA_VALIDATION_ERROR',
    message: 'Multiple validation errors occurred while creating fields',
    errors: {
      fieldMetadata: [
        {
          status: 'fail',
          errors: [{ code, value: name, message, userFriendlyMessage: message }],
          flatEntityMinimalInformation: {
            universalIdentifier: field,
            name,
            objectMetadataUniversalIdentifier: randomUUID(),
          },
          metadataName: 'fieldMetadata',
          type: 'create',
        },
      ],
      viewField: [view(), view()],
    },
    summary: { totalErrors: 3, fieldMetadata: 1, viewField: 2 },
    userFriendlyMessage: 'Many validation errors',
  });
}
