import type { ClaimKind } from '../domain/claims.ts'
import { domainError } from '../domain/errors.ts'
import { fold, tidy } from '../domain/text.ts'
import type { Viewer } from '../domain/viewer.ts'
import { findClaim } from '../ops/command.ts'
import { fail, type Program, perform } from '../ops/program.ts'
import { addGroup, deleteGroup, type GroupPatch, patchGroup } from '../services/groups.ts'
import { putMembership } from '../services/memberships.ts'
import type { UserPatch } from '../services/userInput.ts'
import { addUser, deleteUser, patchUser } from '../services/users.ts'
import type { Action } from './line.ts'

/** What a line means: the same programs that the API runs, with names looked up. */
export function* applyLine(viewer: Viewer, action: Action): Program<void> {
  switch (action.op) {
    case 'createUser': {
      const { op: _, ...input } = action
      yield* addUser(viewer, input)
      return
    }
    case 'setUsername':
      return yield* changeUser(viewer, action.username, { username: action.to })
    case 'setUserEmail':
      return yield* changeUser(viewer, action.username, { email: action.email || null })
    case 'setUserName':
      return yield* changeUser(viewer, action.username, { name: action.name || null })
    case 'setUserStatus':
      return yield* changeUser(viewer, action.username, { status: action.status })
    case 'setUserAttributes':
      return yield* changeUser(viewer, action.username, { attributes: action.attributes })
    case 'deleteUser':
      yield* deleteUser(viewer, yield* userId(viewer, action.username), null)
      return
    case 'createGroup': {
      const { op: _, group: name, ...input } = action
      yield* addGroup(viewer, { ...input, name })
      return
    }
    case 'setGroupName':
      return yield* changeGroup(viewer, action.group, { name: action.to })
    case 'setGroupDescription':
      return yield* changeGroup(viewer, action.group, { description: action.description })
    case 'setGroupParent':
      return yield* changeGroup(viewer, action.group, {
        parentId: action.parent === '' ? null : yield* groupId(viewer, action.parent, 'parent'),
      })
    case 'deleteGroup':
      yield* deleteGroup(viewer, yield* groupId(viewer, action.group, 'group'), null)
      return
    case 'setMembership':
    case 'removeMembership':
      yield* putMembership(
        viewer,
        {
          groupId: yield* groupId(viewer, action.group, 'group'),
          userId: yield* userId(viewer, action.username),
          role: action.op === 'setMembership' ? action.role : null,
        },
        null,
      )
  }
}

function* changeUser(viewer: Viewer, username: string, patch: UserPatch): Program<void> {
  yield* patchUser(viewer, yield* userId(viewer, username), patch, null)
}

function* changeGroup(viewer: Viewer, name: string, patch: GroupPatch): Program<void> {
  yield* patchGroup(viewer, yield* groupId(viewer, name, 'group'), patch, null)
}

const userId = (viewer: Viewer, username: string): Program<string> =>
  holder(viewer, 'username', username, 'username')

const groupId = (viewer: Viewer, name: string, field: string): Program<string> =>
  holder(viewer, 'groupName', name, field)

function* holder({ tenant }: Viewer, kind: ClaimKind, name: string, field: string): Program<string> {
  const owner = yield* perform(findClaim(tenant, kind, fold(tidy(name))))
  const what = kind === 'username' ? 'user' : 'group'
  return (
    owner ??
    (yield* fail(
      domainError('NOT_FOUND', `${field}: there is no ${what} ${JSON.stringify(name)} at this line`, {
        field,
        value: name,
      }),
    ))
  )
}
