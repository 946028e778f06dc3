import { MEMBERSHIP_ROLES } from '../domain/membership.ts'
import { schemaUri, typeOf } from './cloudEvent.ts'
import { PUBLIC_NAMES, type PublicName } from './publicEvents.ts'

/**
 * JSON Schemas of what `publicEvents.ts` makes: schema/events/, which codegen.ts writes. They do not forbid what they do not name:
 * fields may be added to a version.
 */
type Schema = Readonly<Record<string, unknown>>
type Fields = Readonly<Record<string, Schema>>

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'

/** By the names of their files, without `.json`. */
export const publicSchemas = (): ReadonlyMap<string, Schema> =>
  new Map([
    ['event', eventSchema()],
    ...PUBLIC_NAMES.map((name): [string, Schema] => [name, dataSchema(name)]),
  ])

const object = (properties: Fields, description?: string): Schema => ({
  ...(description === undefined ? {} : { description }),
  type: 'object',
  required: Object.keys(properties),
  properties,
})
const text = (description: string): Schema => ({ type: 'string', description })
const textOrNull = (description: string): Schema => ({ type: ['string', 'null'], description })
const always = (value: string | null): Schema => ({ const: value })

const user = (fields: Fields) => ({ user: object({ id: text('Its id, for ever.'), ...fields }) })
const group = (fields: Fields) => ({ group: object({ id: text('Its id, for ever.'), ...fields }) })
const membership = (role: Schema) => ({
  membership: object({ groupId: text('The group.'), userId: text('The user.'), role }),
})

const USERNAME = { username: text('Unique in its tenant, whatever the case.') }
const GROUP_NAME = { name: text('Unique in its tenant, whatever the case.') }

/** What each tells, and how. */
const FORMS: Readonly<Record<PublicName, readonly [about: string, state: Fields]>> = {
  'user.created.v1': ['There is a new user, with this username.', user(USERNAME)],
  'user.username.changed.v1': ["A user's username is this now.", user(USERNAME)],
  'user.email.changed.v1': [
    "A user's email address is this now.",
    user({ email: textOrNull('Null: none.') }),
  ],
  'user.name.changed.v1': ["A user's name is this now.", user({ name: textOrNull('Null: none.') })],
  'user.attributes.changed.v1': [
    "A user's attributes are these now, all of them.",
    user({ attributes: { type: 'object', description: 'Whatever the organisation keeps there.' } }),
  ],
  'user.activated.v1': [
    'A user is active: a new one, or one that was suspended.',
    user({ status: always('ACTIVE') }),
  ],
  'user.suspended.v1': ['A user is suspended.', user({ status: always('SUSPENDED') })],
  'user.deleted.v1': [
    'A user is deleted, for ever. Its memberships have ended with it: nothing tells of each of them.',
    user({ status: always('DELETED') }),
  ],
  'group.created.v1': ['There is a new group, with this name.', group(GROUP_NAME)],
  'group.name.changed.v1': ["A group's name is this now.", group(GROUP_NAME)],
  'group.description.changed.v1': [
    "A group's description is this now.",
    group({ description: text('May be empty.') }),
  ],
  'group.parent.changed.v1': [
    'A group is below this one now.',
    group({ parentId: textOrNull('The group above; null: none.') }),
  ],
  'group.activated.v1': ['A group is active: a new one.', group({ status: always('ACTIVE') })],
  'group.deleted.v1': [
    'A group is deleted, for ever. Its memberships have ended and its children have no parent any more: nothing tells of each of them.',
    group({ status: always('DELETED') }),
  ],
  'membership.set.v1': [
    'A user is this in a group now, whether it was in it before or not.',
    membership({ enum: MEMBERSHIP_ROLES, description: 'What it is there.' }),
  ],
  'membership.removed.v1': ['A user is not in a group any more.', membership(always(null))],
  'tenant.changed.v1': [
    'There is a tenant, and its name is this now.',
    { tenant: object({ id: text('Its id, for ever.'), name: text('Its name.') }) },
  ],
}

const WHO_AND_WHY: Fields = {
  actor: object(
    {
      kind: {
        enum: ['operator', 'key', 'system'],
        description: 'The holder of the operator key, an API key, or rollcall itself.',
      },
      id: textOrNull('Of the API key.'),
      label: textOrNull('Of the API key.'),
    },
    'Who did it.',
  ),
  cause: textOrNull('The id of the request, or of the change in an import.'),
}

function dataSchema(name: PublicName): Schema {
  const [description, state] = FORMS[name]
  return {
    $schema: DIALECT,
    $id: schemaUri(name),
    title: typeOf(name),
    ...object({ ...state, ...WHO_AND_WHY }, description),
  }
}

/** The whole of an event, whichever it is. */
const eventSchema = (): Schema => ({
  $schema: DIALECT,
  $id: schemaUri('event'),
  title: 'An event of rollcall',
  ...object(
    {
      specversion: always('1.0'),
      id: text('Of the event, for ever: who gets it again gets it with this id.'),
      source: { type: 'string', format: 'uri-reference', description: 'The tenant that it is of.' },
      type: { enum: PUBLIC_NAMES.map(typeOf) },
      subject: text('The user, group or tenant that it is about.'),
      time: { type: 'string', format: 'date-time', description: 'When it happened.' },
      datacontenttype: always('application/json'),
      dataschema: { type: 'string', format: 'uri', description: 'The $id of the schema of its data.' },
      partitionkey: text('What has it in common is in order.'),
      sequence: {
        type: 'string',
        pattern: '^[0-9]{16}$',
        description: 'The place among what has the same partitionkey and epoch: from 1 on, without a hole.',
      },
      epoch: text('Of the log. Another one, after a restore, begins anew with each partitionkey.'),
      data: { type: 'object' },
    },
    'CloudEvents 1.0 in JSON, with the extensions partitionkey, sequence and epoch.',
  ),
  oneOf: PUBLIC_NAMES.map((name) => ({
    properties: {
      type: always(typeOf(name)),
      dataschema: always(schemaUri(name)),
      data: { $ref: schemaUri(name) },
    },
  })),
})
