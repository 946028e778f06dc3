/** A tab's text and variables. GraphiQL takes the tab's title from the operation's name. */
export interface ExampleTab {
  readonly query: string
  readonly variables?: string
}

const json = (value: unknown): string => JSON.stringify(value, null, 2)

/** What a first visitor finds. `suffix` keeps the example user's name free at each first visit. */
export function exampleTabs(suffix: string): ExampleTab[] {
  const username = `ada.${suffix}`
  const email = `${username}@example.org`
  return [
    { query: PEOPLE },
    { query: CREATE_USER, variables: json({ input: { username, email, name: 'Ada Lovelace' } }) },
    { query: READ_YOUR_WRITE, variables: json({ email, atLeast: null }) },
    { query: SEARCH, variables: json({ search: 'ada' }) },
    { query: CHANGES },
  ]
}

const PEOPLE = `# The first ten people and their groups.
# Ctrl+Space completes, Ctrl+Enter runs.
query People {
  users(first: 10) {
    nodes {
      id
      username
      name
      email
      memberships(first: 5) {
        nodes {
          role
          group {
            name
          }
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`

const CREATE_USER = `# Every write returns a token. Whoever shows it
# sees this write, on any node.
mutation CreateUser($input: CreateUserInput!) {
  createUser(input: $input) {
    user {
      id
      username
      email
      name
    }
    token
  }
}
`

const READ_YOUR_WRITE = `# Paste the token that CreateUser returned as the
# variable atLeast: the answer waits until the
# views have reached it, and never shows less.
query ReadYourWrite(
  $email: String!
  $atLeast: ConsistencyToken
) {
  userByEmail(email: $email, atLeast: $atLeast) {
    id
    username
    email
    name
    createdAt
    token
  }
}
`

const SEARCH = `# Any part of a username, name or email, in any
# case. The best match comes first.
query Search($search: String!) {
  users(search: $search, first: 10) {
    nodes {
      username
      name
      email
    }
  }
}
`

const CHANGES = `# Stays open: every change from now on arrives
# here. Write something from another window.
subscription Changes {
  changes {
    kind
    cursor
    change {
      stream
      seq
      at
      event {
        __typename
      }
    }
  }
}
`
