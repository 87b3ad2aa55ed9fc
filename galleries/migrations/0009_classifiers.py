import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('galleries', '0008_looks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Classifier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('task', models.CharField(choices=[('faces', 'People'), ('images', 'Albums')], max_length=10)),
                ('version', models.PositiveIntegerField(help_text='Counted in the gallery, for each task.')),
                ('made_of', models.CharField(blank=True, help_text='The model version whose vectors it judges.', max_length=80)),
                ('is_compared', models.BooleanField(default=False, help_text='The classic way is tried on the same photos, too.')),
                ('is_to_be_promoted', models.BooleanField(default=False, help_text='It takes the place of one that had to be removed.')),
                ('state', models.CharField(choices=[('queued', 'Waiting'), ('running', 'Being trained'), ('done', 'Ready'), ('failed', 'Failed'), ('cancelled', 'Cancelled'), ('erased', 'Removed')], default='queued', max_length=10)),
                ('problem', models.CharField(blank=True, help_text='Why it failed.', max_length=500)),
                ('percent', models.PositiveSmallIntegerField(default=0)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('lease', models.UUIDField(help_text='The claim that may write the result.', null=True)),
                ('leased_until', models.DateTimeField(null=True)),
                ('curve', models.JSONField(default=list)),
                ('figures', models.JSONField(default=dict)),
                ('example_count', models.PositiveIntegerField(default=0)),
                ('label_digest', models.CharField(blank=True, help_text='SHA-256 of the classes and examples it learnt from.', max_length=64)),
                ('file', models.CharField(blank=True, help_text='Its weights, in the storage.', max_length=200)),
                ('asked_at', models.DateTimeField(auto_now_add=True)),
                ('started_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('promoted_at', models.DateTimeField(help_text='In use since.', null=True)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('gallery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='classifiers', to='galleries.gallery')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='ClassifierLabel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(help_text='Of its row in the weights.')),
                ('learnt_from', models.PositiveIntegerField()),
                ('examples', models.PositiveIntegerField(help_text='That it was asked about.')),
                ('answers', models.PositiveIntegerField(help_text='How often this class was the answer.')),
                ('right', models.PositiveIntegerField()),
                ('album', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='galleries.album')),
                ('classifier', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='labels', to='galleries.classifier')),
                ('gallery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='galleries.gallery')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='galleries.person')),
            ],
            options={
                'ordering': ['classifier', 'number'],
            },
        ),
        migrations.AddConstraint(
            model_name='classifier',
            constraint=models.UniqueConstraint(fields=('gallery', 'task', 'version'), name='one_classifier_of_a_version'),
        ),
        migrations.AddConstraint(
            model_name='classifier',
            constraint=models.UniqueConstraint(condition=models.Q(('promoted_at__isnull', False)), fields=('gallery', 'task'), name='one_promoted_classifier'),
        ),
        migrations.AddConstraint(
            model_name='classifier',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['queued', 'running'])), fields=('gallery', 'task'), name='one_open_training'),
        ),
        migrations.AddConstraint(
            model_name='classifierlabel',
            constraint=models.UniqueConstraint(fields=('classifier', 'number'), name='one_label_of_a_number'),
        ),
    ]
