/* R1 in plain C: see r1.py for the definition. Numbers arrive as macros from there.
 *
 * Without CALENDAR, the day is one binary heap of 64-bit events. With it, requests lie in a
 * calendar of one list per even second and only the ends of calls in a heap. */

#include <stdint.h>
#include <stdlib.h>

typedef struct { int64_t key; int32_t due, promised, next_try, began, waited; } borrower;
typedef struct { int64_t second, kind, who, value; } row;
typedef struct { row *rows; int64_t count, room; uint64_t sum; } ledger;
typedef struct { int64_t *at; int64_t count; } heap;

enum { NOTHING, PAID, KEPT_WORD, BROKEN, UNANSWERED, REFUSED, PROMISED, UNSERVED };
enum { MORNING, DONE, READY, CLOSING };

#define WHO_BITS 30
#define WHO ((1LL << WHO_BITS) - 1)

static inline uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 30)) * M1;
    x = (x ^ (x >> 27)) * M2;
    return x ^ (x >> 31);
}

static inline int64_t key_of(uint64_t stream, uint64_t who) {
    return (int64_t)(mix(mix(stream + G1) ^ (who * G2)) >> 1);
}

static inline double draw(int64_t key, uint64_t purpose, uint64_t k) {
    uint64_t x = mix((uint64_t)key ^ (((purpose << 48) + k + 1) * G1));
    return ((double)(x >> 12) + 0.5) * 0x1p-52;
}

static void post(ledger *l, int64_t second, int64_t kind, int64_t who, int64_t value) {
    if (l->count == l->room) {
        l->room *= 2;
        l->rows = realloc(l->rows, l->room * sizeof(row));
        if (!l->rows) abort();
    }
    l->rows[l->count++] = (row){second, kind, who, value};
    l->sum += mix(((uint64_t)second << 41) | (kind << 38) | (who << 17) | value);
}

static void climb(heap *h, int64_t top, int64_t hole, int64_t x) {
    for (int64_t above; hole > top && h->at[above = (hole - 1) >> 1] > x; hole = above)
        h->at[hole] = h->at[above];
    h->at[hole] = x;
}

/* The hole sinks to the bottom along the smaller children; x climbs up from there. */
static void settle(heap *h, int64_t top, int64_t x) {
    int64_t hole = top, child = 2 * top + 1;
    for (; child + 1 < h->count; hole = child, child = 2 * child + 1) {
        child += h->at[child + 1] < h->at[child];
        h->at[hole] = h->at[child];
    }
    if (child < h->count) {
        h->at[hole] = h->at[child];
        hole = child;
    }
    climb(h, top, hole, x);
}

static void push(heap *h, int64_t x) {
    h->count++;
    climb(h, 0, h->count - 1, x);
}

static int64_t pop(heap *h) {
    int64_t top = h->at[0], last = h->at[--h->count];
    if (h->count) settle(h, 0, last);
    return top;
}

static int64_t event(int64_t second, int64_t kind, int64_t who) {
    return (second << (WHO_BITS + 2)) | (kind << WHO_BITS) | who;
}

static int64_t ticket(const borrower *b, int64_t second, int64_t who, int64_t day) {
    int64_t late = day - b->due;
    return ((LATEST - (late < LATEST ? late : LATEST)) << (WHO_BITS + 17)) | (second << WHO_BITS) | who;
}

static int morning(borrower *b, int64_t day) {
    if (day < b->due) return NOTHING;
    if (b->promised == day) {
        b->promised = NEVER;
        if (draw(b->key, PROMISE_LUCK, day) < KEPT) {
            b->due = day + NEXT_DUE;
            return KEPT_WORD;
        }
        b->next_try = day;
        return BROKEN;
    }
    if (b->promised == NEVER && draw(b->key, PAYMENT_LUCK, day) < OWN_PAYMENT) {
        b->due = day + NEXT_DUE;
        return PAID;
    }
    return NOTHING;
}

/* second of the day, or NEVER */
static int64_t plan(const borrower *b, int64_t day) {
    if (day < b->due || b->promised != NEVER || day < b->next_try) return NEVER;
    return OPEN + 2 * (int64_t)(draw(b->key, ASK_LUCK, day) * ((LAST_ASK - OPEN) / 2));
}

static int answered(const borrower *b) {
    return draw(b->key, REACH_LUCK, b->began / HOUR) < REACHED;
}

static int64_t ends(const borrower *b) {
    double u = draw(b->key, TALK_LUCK, b->began / DAY);
    int64_t length = answered(b) ? TALK + (int64_t)(u * u * TALK_SPREAD)
                                 : RINGING + (int64_t)(u * RINGING_SPREAD);
    return (b->began + length) | 1;
}

static int resolve(borrower *b) {
    int64_t day = b->began / DAY;
    if (!answered(b)) {
        b->next_try = day + 1;
        return UNANSWERED;
    }
    if (draw(b->key, OUTCOME_LUCK, day) >= PROMISES) {
        b->next_try = day + LEFT_IN_PEACE;
        return REFUSED;
    }
    b->promised = day + 1 + (int64_t)(draw(b->key, DELAY_LUCK, day) * LONGEST_PROMISE);
    return PROMISED;
}

typedef struct {
    borrower *book;
    heap waiting, events;
    int64_t free, day;
    ledger *ledger;
} floor_t;

static void serve(floor_t *f, int64_t second) {
    while (f->free && f->waiting.count) {
        int64_t first = pop(&f->waiting), who = first & WHO;
        borrower *b = &f->book[who];
        f->free--;
        b->began = second;
        b->waited = second - f->day * DAY - ((first >> WHO_BITS) & 0x1FFFF);
        push(&f->events, event(ends(b), DONE, who));
    }
}

static void ready(floor_t *f, int64_t second, int64_t who) {
    push(&f->waiting, ticket(&f->book[who], second, who, f->day));
    serve(f, f->day * DAY + second);
}

static void done(floor_t *f, int64_t second, int64_t who) {
    borrower *b = &f->book[who];
    int kind = resolve(b);
    post(f->ledger, second, kind, who, b->waited);
    f->free++;
    serve(f, second);
}

static void close_doors(floor_t *f) {
    for (int64_t n = 0; n < f->waiting.count; n++) {
        int64_t one = f->waiting.at[n];
        int64_t waited = CLOSE - ((one >> WHO_BITS) & 0x1FFFF);
        post(f->ledger, f->day * DAY + CLOSE, UNSERVED, one & WHO, waited);
    }
    f->waiting.count = 0;
}

static void done_before(floor_t *f, int64_t limit) {
    while (f->events.count && f->events.at[0] < limit) {
        int64_t next = pop(&f->events);
        done(f, next >> (WHO_BITS + 2), next & WHO);
    }
}

#ifdef CALENDAR
static int32_t *calendar, *behind; /* head of the list per even second; next in the list */

static void play_day(floor_t *f, int64_t borrowers) {
    int64_t slots = (LAST_ASK - OPEN) / 2, midnight = f->day * DAY;
    for (int64_t n = 0; n < slots; n++) calendar[n] = -1;
    for (int64_t who = borrowers - 1; who >= 0; who--) {
        borrower *b = &f->book[who];
        int64_t late = f->day - b->due;
        int kind = morning(b, f->day);
        if (kind) post(f->ledger, midnight, kind, who, late);
        int64_t second = plan(b, f->day);
        if (second == NEVER) continue;
        behind[who] = calendar[(second - OPEN) / 2];
        calendar[(second - OPEN) / 2] = who;
    }
    for (int64_t n = 0; n < slots; n++) {
        if (calendar[n] < 0) continue;
        done_before(f, event(midnight + OPEN + 2 * n, READY, 0));
        for (int64_t who = calendar[n]; who >= 0; who = behind[who]) ready(f, OPEN + 2 * n, who);
    }
    done_before(f, event(midnight + CLOSE, CLOSING, 0));
    close_doors(f);
    done_before(f, INT64_MAX);
}
#else
static void play_day(floor_t *f, int64_t borrowers) {
    int64_t midnight = f->day * DAY;
    heap *h = &f->events;
    for (int64_t who = 0; who < borrowers; who++) {
        borrower *b = &f->book[who];
        int64_t late = f->day - b->due;
        int kind = morning(b, f->day);
        if (kind) post(f->ledger, midnight, kind, who, late);
        int64_t second = plan(b, f->day);
        if (second != NEVER) h->at[h->count++] = event(midnight + second, READY, who);
    }
    h->at[h->count++] = event(midnight + CLOSE, CLOSING, 0);
    for (int64_t n = h->count / 2; n-- > 0;) settle(h, n, h->at[n]);
    while (h->count) {
        int64_t next = pop(h), second = next >> (WHO_BITS + 2), who = next & WHO;
        switch ((next >> WHO_BITS) & 3) {
        case READY: ready(f, second - midnight, who); break;
        case DONE: done(f, second, who); break;
        default: close_doors(f);
        }
    }
}
#endif

void play(int64_t borrowers, ledger *l) {
    floor_t f = {.ledger = l, .free = borrowers / BORROWERS_PER_SEAT};
    if (f.free < 1) f.free = 1;
    f.book = malloc(borrowers * sizeof(borrower));
    f.waiting.at = malloc((borrowers + 1) * sizeof(int64_t));
    f.events.at = malloc((2 * borrowers + 1) * sizeof(int64_t));
    l->room = borrowers + 1;
    l->rows = malloc(l->room * sizeof(row));
#ifdef CALENDAR
    calendar = malloc((LAST_ASK - OPEN) / 2 * sizeof(int32_t));
    behind = malloc(borrowers * sizeof(int32_t));
#endif
    for (int64_t who = 0; who < borrowers; who++) {
        int64_t key = key_of(LUCK, who);
        int64_t due = OLDEST + (int64_t)(draw(key, DUE_LUCK, 0) * (YOUNGEST - (OLDEST)));
        f.book[who] = (borrower){key, due, NEVER, 0, 0, 0};
    }
    for (f.day = 0; f.day < DAYS; f.day++) play_day(&f, borrowers);
    free(f.book);
    free(f.waiting.at);
    free(f.events.at);
#ifdef CALENDAR
    free(calendar);
    free(behind);
#endif
}

void forget(ledger *l) { free(l->rows); }
