// The schema as a developer of this stack would write it.
export const typeDefs = `#graphql
  scalar DateTime

  type Query {
    thread(id: ID!): Thread
    feed(first: Int = 20): [Thread!]!
    user(username: String!): User
  }

  type Mutation {
    createThread(body: String!, parentId: ID): Thread!
  }

  type User {
    id: ID!
    username: String!
    displayName: String!
    bio: String
    createdAt: DateTime!
    threads(first: Int = 10, rootsOnly: Boolean = false): [Thread!]!
  }

  type Thread {
    id: ID!
    body: String!
    createdAt: DateTime!
    author: User!
    likeCount: Int!
    viewerHasLiked: Boolean!
    replyCount: Int!
    replies(first: Int = 5): [Thread!]!
  }
`;
