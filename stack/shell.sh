# For a shell that has read the stack's env file.

# graphql URL DOCUMENT [TOKEN]: the answer, as of the token at least.
graphql() {
  curl -s "$1/graphql" -H "authorization: Bearer $ROLLCALL_OPERATOR_KEY" -H 'content-type: application/json' \
    ${3:+-H "rollcall-at-least: $3"} -d "{\"query\":\"$(printf %s "$2" | sed 's/"/\\"/g')\"}"
}

# The token of an answer.
token() { sed 's/.*"token":"\([^"]*\)".*/\1/'; }
