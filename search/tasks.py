"""What the search does by itself."""

from celery import shared_task

from search import log


@shared_task
def forget_searches() -> None:
    """Keep the log of searches no longer than the settings say."""
    log.forget_old()
