//! The lines that are broken. Whoever adds a promise adds the line that keeps it.

use super::Mutant;

/// All of them.
pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "a node acknowledges before the store has said yes",
        file: "socket-server/src/hub/keeper/appending.rs",
        sound: "            let append = append(hub, room, (self.tail.heads(), self.tail.first_named()), group);\n",
        broken: "            for (waiting, n) in group.drafts.iter().zip(1..) {
                let (room, nonce) = (room.clone(), waiting.draft.nonce.clone());
                let sequence = self.tail.heads().messages.plus(n);
                waiting.reply.place.tell(&ServerMessage::Sent { room, nonce, sequence, at: timestamp() });
            }
            let append = append(hub, room, (self.tail.heads(), self.tail.first_named()), group);\n",
        test: &["--package=socket-server", "--lib", "simulation"],
    },
    Mutant {
        name: "DynamoDB acknowledges what another node has overtaken",
        file: "crates/backend-aws/src/dynamo/log/mod.rs",
        sound: "        if is_in {\n",
        broken: "        if is_in || !drafts.is_empty() {\n",
        test: &["--package=backend-aws", "--test=dynamo", "of_fifty_appends_at_one_head_one_wins"],
    },
    Mutant {
        name: "an append puts where something is",
        file: "crates/backend-aws/src/dynamo/log/mod.rs",
        sound: "let put = Write::put(Table::Messages, &group).when(\"attribute_not_exists(#room)\");",
        broken: "let put = Write::put(Table::Messages, &group).when(\"attribute_not_exists(#nothing)\");",
        test: &["--package=backend-aws", "--test=dynamo", "a_sequence_is_given_out_once"],
    },
    Mutant {
        name: "an append that is sent again is another message",
        file: "crates/backend-aws/src/dynamo/log/mod.rs",
        sound: "Some(there) if there.messages == group.messages => true,",
        broken: "Some(there) if there.messages == group.messages && there.sealed => true,",
        test: &["--package=backend-aws", "--test=dynamo", "an_append_that_is_sent_again_meets_itself"],
    },
    Mutant {
        name: "no look-up between what the sender has seen and the head",
        file: "crates/chat/src/gather.rs",
        sound: "let lookup = tail.find(&draft.author, &draft.nonce, *since);",
        broken: "let lookup = if *since > head { tail.find(&draft.author, &draft.nonce, *since) } else { Lookup::Absent };",
        test: &["--package=chat", "--lib", "gather"],
    },
    Mutant {
        name: "no look-up in the store behind what is in memory",
        file: "crates/chat/src/tail/mod.rs",
        sound: "            None if since.next() >= self.first() => Lookup::Absent,\n",
        broken: "            None if since.next() >= Sequence::ZERO => Lookup::Absent,\n",
        test: &["--package=chat", "--lib", "tail"],
    },
    Mutant {
        name: "what is read on ends within a group",
        file: "socket-server/src/hub/keeper/reading.rs",
        sound: "let n = usize::try_from(heads.messages.since(head)).map_or(FILL, |n| n.min(FILL));",
        broken: "let n = FILL;",
        test: &["--package=socket-server", "--lib", "what_is_read_on_ends_where_the_heads_did"],
    },
    Mutant {
        name: "an append behind what may end within a group",
        file: "socket-server/src/hub/keeper/appending.rs",
        sound: "return self.refuse_waiting(&log_refusal(error));",
        broken: "drop(error);",
        test: &["--package=socket-server", "--lib", "while_the_end_of_the_room_cannot_be_read"],
    },
    Mutant {
        name: "whoever has written is first again",
        file: "socket-server/src/hub/keeper/turns.rs",
        sound: "let most = if waits { self.window() } else { Duration::ZERO };",
        broken: "let most = if waits { Duration::ZERO } else { Duration::ZERO };",
        test: &["--package=socket-server", "--lib", "of_many_each_has_its_turn"],
    },
    Mutant {
        name: "one draft twice in a group",
        file: "crates/chat/src/gather.rs",
        sound: "            if twice {\n",
        broken: "            if twice && *since > head {\n",
        test: &["--package=chat", "--lib", "gather"],
    },
    Mutant {
        name: "what memory keeps no longer is a draft again",
        file: "crates/chat/src/tail/mod.rs",
        sound: "Some(written) => Lookup::Found(written),",
        broken: "Some(_) => Lookup::Absent,",
        test: &["--package=chat", "--lib", "gather"],
    },
    Mutant {
        name: "an edit overwrites what its author has not seen",
        file: "crates/backend-aws/src/dynamo/log/revising.rs",
        sound: "    if message.revision != revision.seen {\n",
        broken: "    if message.revision < revision.seen {\n",
        test: &["--package=backend-aws", "--test=dynamo", "a_revision_of_what_was_not_seen_is_refused"],
    },
    Mutant {
        name: "a repeated edit is not known",
        file: "crates/backend-aws/src/dynamo/log/revising.rs",
        sound: "let Some(NamedChange { change, message, .. }) = named else { return Ok(None) };",
        broken: "let Some(NamedChange { change, message, .. }) = named.filter(|it| it.message < Sequence::ZERO) else { return Ok(None) };",
        test: &["--package=backend-aws", "--test=dynamo", "a_repeated_revision_changes_nothing"],
    },
    Mutant {
        name: "two members of one name",
        file: "crates/backend-aws/src/dynamo/members.rs",
        sound: "    Write::put(Table::Accounts, &row).when(\"attribute_not_exists(#key)\")\n",
        broken: "    Write::put(Table::Accounts, &row).when(\"attribute_not_exists(#nothing)\")\n",
        test: &["--package=backend-aws", "--test=dynamo", "of_fifty_that_want_a_name_one_gets_it"],
    },
    Mutant {
        name: "a frame without a mask is read",
        file: "socket-server/src/socket/scan.rs",
        sound: "        if second & 0x80 == 0 {\n",
        broken: "        if second & 0x80 == 1 {\n",
        test: &["--package=socket-server", "--test=socket", "a_frame_without_a_mask"],
    },
    Mutant {
        name: "a message of any size is joined",
        file: "socket-server/src/socket/inbound.rs",
        sound: "if is_too_long || self.n_fragments > FRAGMENTS_MAX {",
        broken: "if is_too_long && self.n_fragments > FRAGMENTS_MAX {",
        test: &["--package=socket-server", "--test=socket", "armour"],
    },
    Mutant {
        name: "other sites' pages get in",
        file: "crates/backend/src/edge.rs",
        sound: "        origin == self.origin || Some(&origin) == self.alias.as_ref()\n",
        broken: "        origin == self.origin || Some(&origin) != self.alias.as_ref()\n",
        test: &["--package=socket-server", "--test=socket", "only_our_own_pages_get_in"],
    },
    Mutant {
        name: "who comes past the edge gets in",
        file: "crates/process/src/guard.rs",
        sound: "match is_inside || secret.is_some_and(|secret| secrets.has(secret)) {",
        broken: "match is_inside || secret.is_none_or(|secret| secrets.has(secret)) {",
        test: &["--package=process", "--lib", "guard"],
    },
    Mutant {
        name: "outsiders take part",
        file: "crates/chat/src/access.rs",
        sound: "            Right::TakePart | Right::Administer => Answer::NotInRoom,\n",
        broken: "            Right::TakePart | Right::Administer => Answer::Yes,\n",
        test: &["--package=chat", "--lib", "access"],
    },
    Mutant {
        name: "a private room is there for everybody",
        file: "crates/chat/src/access.rs",
        sound: "room.is_some_and(|room| !room.private || matches!(standing, Standing::Inside(_)));",
        broken: "room.is_some_and(|room| room.private || !matches!(standing, Standing::Inside(_)));",
        test: &["--package=chat", "--lib", "access"],
    },
    Mutant {
        name: "a gap is passed over",
        file: "crates/chat/src/tail/mod.rs",
        sound: "Some(first) if first.sequence > head.next() => return Taken::Gap(head.next()),",
        broken: "Some(first) if first.sequence < head => return Taken::Gap(head.next()),",
        test: &["--package=chat", "--lib", "tail"],
    },
    Mutant {
        name: "heads are not read again",
        file: "socket-server/src/hub/keeper/mod.rs",
        sound: "        if Instant::now() >= self.heads_at {\n",
        broken: "        if Instant::now() < self.heads_at {\n",
        test: &["--package=socket-server", "--lib", "without_the_bus_messages_reach_other_nodes"],
    },
    Mutant {
        name: "a lease never ends",
        file: "socket-server/src/hub/nodes.rs",
        sound: "it.missing_since.is_some_and(|since| since + missing_for <= now);",
        broken: "it.missing_since.is_some_and(|since| since + missing_for <= since);",
        test: &["--package=socket-server", "--lib", "the_people_of_a_node_that_was_killed"],
    },
    Mutant {
        name: "typing never lapses",
        file: "socket-server/src/hub/typing.rs",
        sound: "self.claims.iter().filter(|claim| now < claim.lapses && is_true(&claim.typist, tail));",
        broken: "self.claims.iter().filter(|claim| is_true(&claim.typist, tail));",
        test: &["--package=socket-server", "--lib", "typing"],
    },
    Mutant {
        name: "a page of a private room is for who has left it meanwhile",
        file: "socket-server/src/hub/place.rs",
        sound: "(state.rights == rights || state.rooms.contains_key(room)).then(|| tell(self))",
        broken: "Some(tell(self))",
        test: &["--package=socket-server", "--lib", "a_page_of_a_private_room"],
    },
    Mutant {
        name: "who is told that they are outside goes on seeing the room",
        file: "socket-server/src/perform/rights.rs",
        sound: "if is_outside(&refusal) && self.place.is_in(room) {",
        broken: "if false && is_outside(&refusal) {",
        test: &["--package=socket-server", "--lib", "who_is_told_that_they_are_outside"],
    },
    Mutant {
        name: "what somebody might do before they left and came back they may do after",
        file: "socket-server/src/hub/keeper/reading.rs",
        sound: "place.rights_ended();",
        broken: "let _ = place;",
        test: &["--package=socket-server", "--lib", "an_admin_who_was_removed_and_came_back_without"],
    },
    Mutant {
        name: "what follows a view follows the news that its viewer left",
        file: "socket-server/src/send_queue/mod.rs",
        sound: "if view.is_over.load(Ordering::Relaxed) {",
        broken: "if false {",
        test: &["--package=socket-server", "--lib", "what_is_written_after_somebody_left"],
    },
    Mutant {
        name: "a room opens for who has left it meanwhile",
        file: "socket-server/src/hub/fan_out.rs",
        sound: "match viewer.open(&room, &opened) {",
        broken: "match Ok::<_, Outside>(viewer.queue.open(&opened)) {",
        test: &["--package=socket-server", "--lib", "what_a_room_opens_with_is_not_told"],
    },
    Mutant {
        name: "whom the room itself refuses goes on seeing it",
        file: "socket-server/src/hub/keeper/appending.rs",
        sound: "        self.see_out(appended.outside()).await;\n",
        broken: "        drop(appended.outside());\n",
        test: &["--package=socket-server", "--lib", "who_is_refused_by_the_room_itself"],
    },
    Mutant {
        name: "who has not heard that they left a room never finds out",
        file: "crates/client/src/hearing.rs",
        sound: "                if all {\n",
        broken: "                if false && all {\n",
        test: &["--package=client", "--lib", "who_left_a_room_without_hearing_of_it"],
    },
    Mutant {
        name: "what comes from behind takes back what is shown",
        file: "crates/client/src/hearing.rs",
        sound: "if shown.loaded && shown.timeline.is_beyond(after) {",
        broken: "if false && shown.timeline.is_beyond(after) {",
        test: &["--package=client", "--lib", "an_answer_from_behind"],
    },
    Mutant {
        name: "a late answer brings a deleted text back",
        file: "socket-server/src/hub/keeper/appending.rs",
        sound: "let is_renewed = self.tail.renew(changes, messages);",
        broken: "let is_renewed = !messages.is_empty() || changes.0 < u64::MAX;",
        test: &["--package=socket-server", "--lib", "what_was_deleted_before_its_append_was_answered"],
    },
    Mutant {
        name: "who was put out hears on",
        file: "socket-server/src/hub/concerning.rs",
        sound: "            if place.left(room, change) {\n",
        broken: "            if !place.left(room, change) {\n",
        test: &["--package=socket-server", "--test=socket", "memberships"],
    },
    Mutant {
        name: "a slow client is not told that it lost something",
        file: "socket-server/src/send_queue/mod.rs",
        sound: "        self.waiting.put(frame::text(&ServerMessage::Resync), 0);\n",
        broken: "        self.waiting.put(frame::ping(), 0);\n",
        test: &["--package=socket-server", "--lib", "send_queue"],
    },
    Mutant {
        name: "cursors are written with every message",
        file: "socket-server/src/hub/cursors.rs",
        sound: "(cursor.is_written, cursor.due_at) = (true, now + WRITE_EVERY);",
        broken: "(cursor.is_written, cursor.due_at) = (true, now);",
        test: &["--package=socket-server", "--lib", "cursors"],
    },
    Mutant {
        name: "the index finds what is private for everybody",
        file: "crates/backend-local/src/index/asked.rs",
        sound: "    wanted.extend(any(readable));\n",
        broken: "    wanted.extend(any(readable).filter(|_| criteria.all.is_empty()));\n",
        test: &[
            "--package=backend-local",
            "--test=contract",
            "a_private_room_is_found_by_those_inside_alone",
        ],
    },
    Mutant {
        name: "what was deleted comes back with an old copy",
        file: "crates/backend-local/src/index/putting.rs",
        sound: "is_some_and(|known| known.revision >= stored(entry.revision.0))",
        broken: "is_some_and(|known| known.row.is_some() && known.revision >= stored(entry.revision.0))",
        test: &["--package=backend-local", "--test=contract", "a_deleted_message_is_not_found"],
    },
    Mutant {
        name: "the feed says nothing of edits and deletions",
        file: "crates/backend-local/src/log/statements.rs",
        sound: "    feed::note(connection, room.0, (message.sequence, message.sequence))\n}\n",
        broken: "    Ok(())\n}\n",
        test: &["--package=backend-local", "--test=feed", "what_is_written_edited_and_deleted"],
    },
    Mutant {
        name: "a hit is not read again",
        file: "search/src/finding.rs",
        sound: "found.filter(|message| criteria.matches(&room.id, message))",
        broken: "found.filter(|message| message.sequence == at || criteria.matches(&room.id, message))",
        test: &["--package=search", "--test=search", "stale"],
    },
    Mutant {
        name: "a hit's room is shown to whoever finds it",
        file: "search/src/finding.rs",
        sound: "            Err(AccessError::Refused(_)) => None,\n",
        broken: "            Err(AccessError::Refused(_)) => backend.rooms.find(room).await.map_err(unavailable)?,\n",
        test: &["--package=search", "--test=search", "stale"],
    },
    Mutant {
        name: "an index of another store is taken for this one's",
        file: "indexer/src/follow.rs",
        sound: "progress.filter(|it| it.feed == feed)",
        broken: "progress.filter(|it| it.feed != FeedId(String::new()))",
        test: &["--package=indexer", "--test=follow", "one_of_another_store_is_made_anew"],
    },
    Mutant {
        name: "what the index may take later is passed over",
        file: "indexer/src/batch.rs",
        sound: "Ok(part) if put[part.clone()].contains(&Put::Later) => {",
        broken: "Ok(part) if put[part.clone()].contains(&Put::Later) && n == 0 => {",
        test: &["--package=indexer", "--test=batch"],
    },
    Mutant {
        name: "what the index can never take comes again for ever",
        file: "indexer/src/batch.rs",
        sound: "if !set_aside(letters, &letter).await {",
        broken: "if !set_aside(letters, &letter).await || letter.sequence.0 > 0 {",
        test: &["--package=indexer", "--test=batch", "what_can_never"],
    },
    Mutant {
        name: "what cannot be set aside is passed over",
        file: "indexer/src/batch.rs",
        sound: "            tell_seldom(\"What the index can never take could not be set aside\", &error);
            false
",
        broken: "            tell_seldom(\"What the index can never take could not be set aside\", &error);
            true
",
        test: &["--package=indexer", "--test=batch"],
    },
    Mutant {
        name: "a letter is thrown away though the index did not take what it is about",
        file: "indexer/src/redrive.rs",
        sound: "put.iter().all(|put| *put == Put::Taken)",
        broken: "put.iter().all(|put| *put != Put::Later)",
        test: &["--package=indexer", "--test=batch", "redriven"],
    },
    Mutant {
        name: "an older state of an erased message comes back",
        file: "crates/backend-aws/src/dynamo/entries.rs",
        sound: "map(|at| Entry::erased(&room, Sequence(at)))",
        broken: "map(|at| Entry { revision: Sequence::ZERO, ..Entry::erased(&room, Sequence(at)) })",
        test: &["--package=backend-aws", "--lib", "entries"],
    },
    Mutant {
        name: "a private room's messages are public in the index",
        file: "crates/backend-aws/src/dynamo/entries.rs",
        sound: "let private = is_private(&room);",
        broken: "let private = is_private(&room) && n > most;",
        test: &["--package=backend-aws", "--lib", "entries"],
    },
    Mutant {
        name: "an absurd query fails the function",
        file: "search/src/function.rs",
        sound: "request.raw_query_string.take().map(|query| encoded(&query))",
        broken: "request.raw_query_string.take().map(|query| encoded(&query).replace(\"%22\", \"\\\"\"))",
        test: &["--package=search", "--features=aws", "--test=search", "function"],
    },
];

#[cfg(test)]
mod tests {
    use super::{super::tree::n_times, *};

    #[test]
    fn each_line_stands_once_where_it_is_looked_for() {
        let gone = MUTANTS.iter().filter(|mutant| n_times(mutant.file, mutant.sound) != 1);
        let gone: Vec<_> = gone.map(|mutant| mutant.name).collect();

        assert_eq!(gone, [""; 0]);
        assert!(MUTANTS.len() >= 15);
    }
}
