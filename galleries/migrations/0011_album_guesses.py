import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('galleries', '0010_removed_galleries'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Sorting',
            fields=[
                ('classifier', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='galleries.classifier')),
                ('last_photo', models.BigIntegerField(default=0, help_text='Those up to this one are judged.')),
                ('is_done', models.BooleanField(default=False)),
                ('gallery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='galleries.gallery')),
            ],
        ),
        migrations.CreateModel(
            name='AlbumAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_here', models.BooleanField(help_text='The photo was put into the album by this answer.')),
                ('round', models.UUIDField(db_index=True)),
                ('answered_at', models.DateTimeField(auto_now_add=True)),
                ('album', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='galleries.album')),
                ('gallery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='galleries.gallery')),
                ('photo', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='galleries.photo')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('album', 'photo'), name='one_answer_of_a_pair')],
            },
        ),
        migrations.CreateModel(
            name='AlbumGuess',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('probability', models.FloatField()),
                ('album', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='guesses', to='galleries.album')),
                ('gallery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='galleries.gallery')),
                ('photo', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='galleries.photo')),
                ('sorting', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='guesses', to='galleries.sorting')),
            ],
            options={
                'indexes': [models.Index(fields=['album', '-probability', 'photo'], name='guesses_of_album')],
                'constraints': [models.UniqueConstraint(fields=('sorting', 'photo'), name='one_guess_of_a_photo')],
            },
        ),
    ]
