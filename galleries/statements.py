"""What the ledger and undo say to PostgreSQL: one statement for any number of faces.

The faces are read and locked first. What follows is joined with nothing but their keys: PostgreSQL
knows nothing yet about the rows of a new batch, and would compare each with each.
"""

from __future__ import annotations


def _move(before: str) -> str:
    """A statement from the one that reads the faces, the log's gallery and batch its parameters.

    `before` yields of each face what it is (id, person_id, assigned_by, probability, verdict) and
    what becomes of it (person_to, assigned_by_to, probability_to, verdict_to).
    """
    return f"""
WITH before AS ({before}), moved AS (
    UPDATE galleries_face SET person_id = before.person_to, assigned_by = before.assigned_by_to,
        probability = before.probability_to, verdict = before.verdict_to
    FROM before WHERE galleries_face.id = before.id
)
INSERT INTO galleries_event (
    gallery_id, batch_id, face_id, person_from_id, person_to_id, assigned_by_from, assigned_by_to,
    probability_from, probability_to, verdict_from, verdict_to
)
SELECT %(gallery)s, %(batch)s, id, person_id, person_to, assigned_by, assigned_by_to,
    probability, probability_to, verdict, verdict_to
FROM before
"""  # noqa: S608 - made of constants


#: All to one place; those that are there already stay out of the log.
TO_PLACE = _move("""
    SELECT id, person_id, assigned_by, probability, verdict, %(person)s::bigint AS person_to,
        %(assigned_by)s::text AS assigned_by_to, %(probability)s::float8 AS probability_to,
        %(verdict)s::text AS verdict_to
    FROM galleries_face
    WHERE id = ANY(%(faces)s) AND gallery_id = %(gallery)s
      AND (person_id, assigned_by, verdict)
          IS DISTINCT FROM (%(person)s::bigint, %(assigned_by)s::text, %(verdict)s::text)
    ORDER BY id FOR UPDATE
""")

#: Each to a person of its own, by one source's word.
TO_PERSONS = _move("""
    SELECT face.id, face.person_id, face.assigned_by, face.probability, face.verdict,
        guess.person AS person_to, %(assigned_by)s::text AS assigned_by_to,
        guess.probability AS probability_to, '' AS verdict_to
    FROM galleries_face face
    JOIN unnest(%(faces)s::bigint[], %(persons)s::bigint[], %(probabilities)s::float8[])
        AS guess (face, person, probability) ON guess.face = face.id
    WHERE face.gallery_id = %(gallery)s
      AND (face.person_id, face.assigned_by, face.verdict)
          IS DISTINCT FROM (guess.person, %(assigned_by)s::text, '')
    ORDER BY face.id FOR UPDATE OF face
""")

#: All faces of some persons to others, each with who said so.
WITH_PERSONS = _move("""
    SELECT face.id, face.person_id, face.assigned_by, face.probability, face.verdict,
        pair.target AS person_to, face.assigned_by AS assigned_by_to,
        face.probability AS probability_to, face.verdict AS verdict_to
    FROM galleries_face face
    JOIN unnest(%(sources)s::bigint[], %(targets)s::bigint[]) AS pair (source, target)
        ON pair.source = face.person_id
    ORDER BY face.id FOR UPDATE OF face
""")

#: Back to before a batch: where it moved a face twice, its first event knows.
BACK = _move("""
    SELECT face.id, face.person_id, face.assigned_by, face.probability, face.verdict,
        first.person_from_id AS person_to, first.assigned_by_from AS assigned_by_to,
        first.probability_from AS probability_to, first.verdict_from AS verdict_to
    FROM galleries_face face JOIN (
        SELECT DISTINCT ON (face_id) * FROM galleries_event
        WHERE batch_id = %(undone)s AND NOT face_id = ANY(%(blocked)s::bigint[])
        ORDER BY face_id, id
    ) AS first ON first.face_id = face.id
    ORDER BY face.id FOR UPDATE OF face
""")

#: The persons of a batch are those that any of its rows name.
NAME_PERSONS = """
INSERT INTO galleries_batch_persons (batch_id, person_id)
SELECT %(batch)s, person_id FROM (
    SELECT person_from_id AS person_id FROM galleries_event WHERE batch_id = %(batch)s
    UNION SELECT person_to_id FROM galleries_event WHERE batch_id = %(batch)s
    UNION SELECT person_id FROM galleries_personevent WHERE batch_id = %(batch)s
    UNION SELECT person_id FROM galleries_rejection
        WHERE %(batch)s IN (batch_id, withdrawn_by_id, restored_by_id)
    UNION SELECT one_id FROM galleries_difference
        WHERE %(batch)s IN (batch_id, withdrawn_by_id, restored_by_id)
    UNION SELECT other_id FROM galleries_difference
        WHERE %(batch)s IN (batch_id, withdrawn_by_id, restored_by_id)
) AS named WHERE person_id IS NOT NULL
"""

REJECT = """
INSERT INTO galleries_rejection (gallery_id, batch_id, face_id, person_id)
SELECT %(gallery)s, %(batch)s, face, person
FROM unnest(%(faces)s::bigint[], %(persons)s::bigint[]) AS said (face, person)
ON CONFLICT DO NOTHING
"""

#: Faces of a batch that were moved by a later decision that is in force, or stand elsewhere by one
#: that was taken back in part; or would go back to a person that is gone, unless this undo brings
#: it back; or to one that they were rejected for, unless by this batch.
BLOCKED = """
WITH moved AS (
    SELECT face_id, max(id) AS event_id, (array_agg(person_from_id ORDER BY id))[1] AS home_id,
        (array_agg(person_to_id ORDER BY id DESC))[1] AS person_id,
        (array_agg(assigned_by_to ORDER BY id DESC))[1] AS assigned_by,
        (array_agg(verdict_to ORDER BY id DESC))[1] AS verdict
    FROM galleries_event WHERE batch_id = %(batch)s GROUP BY face_id
)
SELECT moved.face_id FROM moved
JOIN galleries_face face ON face.id = moved.face_id
LEFT JOIN galleries_person home ON home.id = moved.home_id
WHERE EXISTS (
    SELECT 1 FROM galleries_event later
    JOIN galleries_batch by ON by.id = later.batch_id
    WHERE later.face_id = moved.face_id AND later.id > moved.event_id AND by.source <> %(matcher)s
      AND (
        (face.person_id, face.assigned_by, face.verdict)
            IS DISTINCT FROM (moved.person_id, moved.assigned_by, moved.verdict)
        OR (NOT by.is_undone AND (by.undoes_id IS NULL OR by.undoes_id < %(batch)s))
      )
) OR (home.is_removed AND NOT home.id = ANY(%(returning)s::bigint[])) OR EXISTS (
    SELECT 1 FROM galleries_rejection rejection
    WHERE rejection.face_id = moved.face_id AND rejection.person_id = moved.home_id
      AND rejection.withdrawn_by_id IS NULL
      AND rejection.batch_id <> %(batch)s AND NOT EXISTS (
        SELECT 1 FROM galleries_rejection own
        WHERE own.face_id = rejection.face_id AND own.person_id = rejection.person_id
          AND own.batch_id = rejection.batch_id AND own.restored_by_id = %(batch)s
      )
)
"""

# An undo withdraws what its batch said, also where that was withdrawn and said again since. The
# rows are looked up in a hash: joined with themselves they would be compared each with each.
WITHDRAW_REJECTIONS = """
UPDATE galleries_rejection SET withdrawn_by_id = %(inverse)s
WHERE gallery_id = %(gallery)s AND withdrawn_by_id IS NULL
  AND NOT face_id = ANY(%(blocked)s::bigint[])
  AND (batch_id = %(batch)s OR (face_id, person_id, batch_id) IN (
    SELECT face_id, person_id, batch_id FROM galleries_rejection WHERE restored_by_id = %(batch)s
  ))
"""
WITHDRAW_DIFFERENCES = """
UPDATE galleries_difference SET withdrawn_by_id = %(inverse)s
WHERE gallery_id = %(gallery)s AND withdrawn_by_id IS NULL
  AND (batch_id = %(batch)s OR (one_id, other_id, batch_id) IN (
    SELECT one_id, other_id, batch_id FROM galleries_difference WHERE restored_by_id = %(batch)s
  ))
"""

# What is said again belongs to the batch that said it first, whose undo withdraws it.
REJECT_AGAIN = """
INSERT INTO galleries_rejection (gallery_id, face_id, person_id, batch_id, restored_by_id)
SELECT gallery_id, face_id, person_id, batch_id, %(inverse)s FROM galleries_rejection
WHERE withdrawn_by_id = %(batch)s AND NOT face_id = ANY(%(blocked)s::bigint[])
ON CONFLICT DO NOTHING
"""
TELL_APART_AGAIN = """
INSERT INTO galleries_difference (gallery_id, one_id, other_id, batch_id, restored_by_id)
SELECT gallery_id, one_id, other_id, batch_id, %(inverse)s FROM galleries_difference
WHERE withdrawn_by_id = %(batch)s
ON CONFLICT DO NOTHING
"""
