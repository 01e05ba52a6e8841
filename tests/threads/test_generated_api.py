"""What sdl/schema.graphql promises a front end: these fields and no others, and a description of each."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_introspection_type,
    is_leaf_type,
    is_specified_scalar_type,
)

SDL = (Path(__file__).parents[2] / "sdl" / "schema.graphql").read_text()


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(SDL)


def root(type_: GraphQLObjectType | None) -> set[str]:
    assert type_ is not None
    return set(type_.fields)


def test_it_holds_these_root_fields_and_no_others(schema: GraphQLSchema) -> None:
    assert root(schema.query_type) == {
        "homeFeed",
        "node",
        "session",
        "sessions",
        "thread",
        "threads",
        "user",
        "userByUsername",
        "users",
        "viewer",
    }
    assert root(schema.mutation_type) == {
        "createThread",
        "deleteThread",
        "endSession",
        "followUser",
        "likeThread",
        "logOutEverywhere",
        "replyToThread",
        "unfollowUser",
        "unlikeThread",
        "updateProfile",
    }


def test_likes_and_follows_are_ways_between_users_and_threads_alone(schema: GraphQLSchema) -> None:
    assert not {"Like", "Follow"} & schema.type_map.keys()
    user, thread = schema.type_map["User"], schema.type_map["Thread"]
    assert isinstance(user, GraphQLObjectType)
    assert isinstance(thread, GraphQLObjectType)
    connections = {
        f"{type_.name}.{name}": str(field.type)
        for type_ in (user, thread)
        for name, field in type_.fields.items()
        if str(field.type).endswith("Connection!")
    }
    assert connections == {
        "User.sessions": "SessionConnection!",
        "User.threads": "ThreadConnection!",
        "User.likedThreads": "ThreadConnection!",
        "User.followers": "UserConnection!",
        "User.following": "UserConnection!",
        "Thread.replies": "ThreadConnection!",
        "Thread.likers": "UserConnection!",
    }


def test_only_what_may_be_missing_is_nullable(schema: GraphQLSchema) -> None:
    nullable = {
        f"{type_.name}.{name}"
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not is_introspection_type(type_)
        # Of no rows there is no sum, nor a key.
        if not type_.name.endswith(("Aggregates", "Values", "Sums", "Averages", "Booleans"))
        for name, field in type_.fields.items()
        if not str(field.type).endswith("!")
    }
    assert nullable == {
        "PageInfo.endCursor",
        "PageInfo.startCursor",
        "Query.node",
        "Query.session",
        "Query.thread",
        "Query.user",
        "Query.userByUsername",
        "Query.viewer",
        "Session.address",
        "Session.user",
        "Thread.parent",
        "Thread.parentId",
    }


def test_each_part_has_a_description(schema: GraphQLSchema) -> None:
    without = []
    for name, type_ in schema.type_map.items():
        if is_introspection_type(type_) or is_specified_scalar_type(type_):
            continue
        parts: dict[str, str | None] = {"": type_.description}
        if isinstance(type_, GraphQLEnumType):
            parts |= {f".{part}": value.description for part, value in type_.values.items()}
        elif isinstance(type_, GraphQLObjectType | GraphQLInputObjectType):
            parts |= {f".{part}": field.description for part, field in type_.fields.items()}
        without += [name + part for part, description in parts.items() if not description]
    assert without == []


def test_of_a_row_it_shows_these_columns(schema: GraphQLSchema) -> None:
    columns = {}
    for name in ("User", "Thread"):
        type_ = schema.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        columns[name] = " ".join(
            part for part, field in type_.fields.items() if is_leaf_type(get_named_type(field.type))
        )
    assert columns == {
        "User": "nodeId id username displayName bio createdAt followerCount followingCount threadCount "
        "followsViewer viewerFollows",
        "Thread": "nodeId id authorId parentId body createdAt likeCount replyCount viewerHasLiked",
    }
