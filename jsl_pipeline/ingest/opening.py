"""From bytes to an open document, or to the reason why not."""

from jsl_pipeline.ingest.document import OpenDocument, Unusable
from jsl_pipeline.ingest.image import ImageDocument
from jsl_pipeline.ingest.limits import Limits
from jsl_pipeline.ingest.pdf import PdfPages
from jsl_pipeline.schemas import FileKind, Rejection, RejectionCode

_MIB = 1024 * 1024
# A PDF may start with junk: readers look for its header in the first 1024 bytes (ISO 32000-1, annex H.3).
_PDF_HEADER_WITHIN = 1024
_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": FileKind.PNG,
    b"\xff\xd8\xff": FileKind.JPEG,
    b"II*\0": FileKind.TIFF,
    b"MM\0*": FileKind.TIFF,
    b"II+\0": FileKind.TIFF,
    b"MM\0+": FileKind.TIFF,
    b"%PDF-": FileKind.PDF,
}


def open_document(data: bytes, limits: Limits) -> OpenDocument | Rejection:
    """Open a file by its content, whatever its name. Never raises, whatever the bytes.

    Sizes, page counts and completeness are judged from headers, before anything is decoded.
    """
    try:
        return _open(data, limits)
    except Unusable as unusable:
        return unusable.rejection


def _open(data: bytes, limits: Limits) -> OpenDocument:
    if not data:
        raise Unusable(RejectionCode.EMPTY, "The file is empty. Send it again.")
    if len(data) > limits.max_file_bytes:
        raise Unusable(
            RejectionCode.FILE_TOO_LARGE,
            f"The file is larger than {limits.max_file_bytes / _MIB:,.0f} MiB. Split it, or lower its resolution.",
        )
    kind = _sniff(data)
    return PdfPages(data, limits) if kind is FileKind.PDF else ImageDocument(data, kind, limits)


def _sniff(data: bytes) -> FileKind:
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature):
            return kind
        if signature.startswith(data):
            raise Unusable(RejectionCode.TRUNCATED, "The file ends inside its first bytes. Send it again.")
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return FileKind.WEBP
    if b"%PDF-" in data[:_PDF_HEADER_WITHIN]:
        return FileKind.PDF
    raise Unusable(
        RejectionCode.UNKNOWN_TYPE,
        "The content is neither PNG, JPEG, TIFF, WebP nor PDF. Send the document in one of these formats.",
    )
