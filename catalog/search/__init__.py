"""Finding products by words, in Vietnamese as people really type it.

The words of this package, in import order:

- ``analysis``  text → words, each with a folded form (``nuoc``) and an exact form (``nươc1``);
- ``synonyms``  which phrases name the same thing (``lạc`` = ``đậu phụng``), and the seed table;
- ``documents`` what of a product is searchable, and the fields that it is laid down in;
- ``view``      what is on disk, as read-only arrays;
- ``repair``    words nobody sells → the words that were meant;
- ``query``     ``find`` and ``suggest`` on a view;
- ``index``     ``SearchIndex``: the directory, its one writer and its many readers.

Whoosh keeps the segments, the commits and the postings; what is relevant is decided here, so the engine could
be exchanged behind ``SearchIndex``. Nothing here knows the database: documents come in, product ids go out.
Whatever changes by the hour (price, stock, certificate) is read from the database when a page is made.
"""
