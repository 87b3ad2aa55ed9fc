from itertools import islice

import numpy as np
from django.db import migrations
from pgvector import Bit
from psycopg2.extras import execute_values

import galleries.models.scene
from faceengine.scenes.binary_codes import CODE_BITS, binary_codes

ROWS_AT_ONCE = 1000
# the vectors' own, which the index of the codes stands in for; `prepare` builds that one
DROP_OLD_INDEXES = """
DO $$ DECLARE old text; BEGIN
    FOR old IN SELECT indexname FROM pg_indexes
        WHERE schemaname = current_schema() AND tablename = 'galleries_photovector'
            AND indexname LIKE 'photo\\_vector\\_hnsw\\_%'
    LOOP EXECUTE format('DROP INDEX %I', old); END LOOP;
END $$
"""
SET_CODES = f"""
UPDATE galleries_photovector AS row SET code = new.code::bit({CODE_BITS})
FROM (VALUES %s) AS new (gallery_id, photo_id, model_id, code)
WHERE row.gallery_id = new.gallery_id AND row.photo_id = new.photo_id
    AND row.model_id = new.model_id
"""


def add_codes(apps, schema_editor):
    rows = apps.get_model('galleries', 'PhotoVector').objects.filter(code=None)
    # of one model at a time, as all vectors of a batch are of one length; in no order, as there may
    # be gigabytes to sort
    for model in rows.order_by('model_id').values_list('model_id', flat=True).distinct():
        known = rows.filter(model=model).values_list('gallery_id', 'photo_id', 'model_id', 'vector')
        left = known.iterator(chunk_size=ROWS_AT_ONCE)
        while some := list(islice(left, ROWS_AT_ONCE)):
            codes = binary_codes(np.array([vector for *_, vector in some], np.float32))
            coded = [
                (*keys, Bit(code.tobytes()).to_text())
                for (*keys, _), code in zip(some, codes, strict=True)
            ]
            with schema_editor.connection.cursor() as cursor:
                execute_values(cursor.cursor, SET_CODES, coded, page_size=ROWS_AT_ONCE)


def code_field(null):
    return galleries.models.scene.CodeField(
        editable=False, help_text='Of the vector, for the index.', length=CODE_BITS, null=null
    )


class Migration(migrations.Migration):

    dependencies = [
        ('galleries', '0011_album_guesses'),
    ]

    operations = [
        migrations.RunSQL(DROP_OLD_INDEXES, migrations.RunSQL.noop),
        migrations.AddField('photovector', 'code', code_field(null=True)),
        migrations.RunPython(add_codes, migrations.RunPython.noop),
        migrations.AlterField('photovector', 'code', code_field(null=False)),
    ]
