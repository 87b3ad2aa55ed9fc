"""Questions, probes and matches as JSON."""

from search.serializers.matches import (
    AnswerSerializer,
    GroupsSerializer,
    MatchesSerializer,
    SearchRecordSerializer,
)
from search.serializers.probes import (
    DrawnBoxSerializer,
    PictureSerializer,
    ProbeSerializer,
    StoredPictureSerializer,
)
from search.serializers.questions import (
    ExportQuestionSerializer,
    GroupsQuestionSerializer,
    PersonsExportQuestionSerializer,
    PersonsGroupsQuestionSerializer,
    PersonsQuestionSerializer,
    QuestionSerializer,
    SearchSerializer,
    Words,
)

__all__ = [
    "AnswerSerializer",
    "DrawnBoxSerializer",
    "ExportQuestionSerializer",
    "GroupsQuestionSerializer",
    "GroupsSerializer",
    "MatchesSerializer",
    "PersonsExportQuestionSerializer",
    "PersonsGroupsQuestionSerializer",
    "PersonsQuestionSerializer",
    "PictureSerializer",
    "ProbeSerializer",
    "QuestionSerializer",
    "SearchRecordSerializer",
    "SearchSerializer",
    "StoredPictureSerializer",
    "Words",
]
