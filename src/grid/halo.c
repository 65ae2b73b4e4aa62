/* The halo along one axis: which layers, from whom, in how many messages.

   A window position j in [start - radius, start + width + radius) is the global layer

     no flux:  j < 0 -> -1 - j,  j >= n -> 2n - 1 - j  (reflection about the face, as often as needed)
     periodic: j mod n

   Only ranks of one line (equal coordinates across the axis) exchange layers. Every rank lists what every other rank of its
   line needs from the ownership ranges alone, so that sender and receiver agree without talking. One message per pair of
   ranks that overlap; a window that reaches beyond the neighbour brings more partners, not more rounds. */
#include <petscdmda.h>
#include <jko/private/gridimpl.h>
#include <jko/private/halo.h>

enum { HALO_TAG = 77 };

/* The messages of one direction: to or from a partner go the layers [offset[k], offset[k + 1]). */
typedef struct {
  PetscInt     partners;
  PetscMPIInt *rank; /* in the line */
  PetscInt    *offset;
} HaloMessages;

struct _Halo {
  MPI_Comm     line;
  PetscMPIInt  rank, size; /* in the line */
  PetscInt     n, radius;  /* layers of the grid, of the window's margin */
  GridBoundary boundary;
  PetscInt    *first;      /* size + 1: first layer of each rank of the line */
  PetscInt    *map;        /* width + 2 radius: own layer 0..width-1, or width + ghost */
  PetscInt    *send_layer; /* own layers in the order of the send buffer */
  HaloMessages to, from;
  /* work */
  PetscInt     length, capacity; /* reals per layer: now, and as allocated */
  PetscReal   *send, *ghost;
  MPI_Request *receive_request, *send_request;
};

static PetscInt HaloImage(Halo halo, PetscInt j)
{
  const PetscInt period = halo->boundary == GRID_PERIODIC ? halo->n : 2 * halo->n;

  j %= period;
  if (j < 0) j += period;
  return j < halo->n ? j : period - 1 - j;
}

static PetscMPIInt HaloOwner(Halo halo, PetscInt layer)
{
  PetscMPIInt low = 0, high = halo->size;

  while (high - low > 1) {
    const PetscMPIInt middle = low + (high - low) / 2;

    if (halo->first[middle] <= layer)
      low = middle;
    else
      high = middle;
  }
  return low;
}

/* The layers that a rank of the line needs from others, each once, in the order of the window. seen: n zeros, zero again on return. */
static PetscInt HaloNeeds(Halo halo, PetscMPIInt rank, char seen[], PetscInt need[])
{
  const PetscInt start = halo->first[rank], end = halo->first[rank + 1], radius = halo->radius;
  PetscInt       count = 0;

  for (PetscInt k = 0; k < 2 * radius; k++) {
    const PetscInt layer = HaloImage(halo, k < radius ? start - radius + k : end + k - radius);

    if ((layer >= start && layer < end) || seen[layer]) continue;
    seen[layer]   = 1;
    need[count++] = layer;
  }
  for (PetscInt k = 0; k < count; k++) seen[need[k]] = 0;
  return count;
}

static PetscErrorCode HaloMessagesCreate(HaloMessages *m, PetscInt partners)
{
  PetscFunctionBegin;
  PetscCall(PetscMalloc2(partners, &m->rank, partners + 1, &m->offset));
  m->partners  = 0;
  m->offset[0] = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void HaloMessagesAdd(HaloMessages *m, PetscMPIInt rank, PetscInt layers)
{
  if (!layers) return;
  m->rank[m->partners]       = rank;
  m->offset[m->partners + 1] = m->offset[m->partners] + layers;
  m->partners++;
}

/* Own layers that others need: for each rank of the line its needs that lie here. */
static PetscErrorCode HaloPlanSends(Halo halo, char seen[], PetscInt need[])
{
  const PetscInt start = halo->first[halo->rank], end = halo->first[halo->rank + 1];
  PetscInt       total = 0;

  PetscFunctionBegin;
  PetscCall(HaloMessagesCreate(&halo->to, halo->size));
  PetscCall(PetscMalloc1(PetscMin(2 * halo->radius, end - start) * (halo->size - 1), &halo->send_layer));
  for (PetscMPIInt rank = 0; rank < halo->size; rank++) {
    const PetscInt count = rank == halo->rank ? 0 : HaloNeeds(halo, rank, seen, need), before = total;

    for (PetscInt k = 0; k < count; k++)
      if (need[k] >= start && need[k] < end) halo->send_layer[total++] = need[k] - start;
    HaloMessagesAdd(&halo->to, rank, total - before);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Ghosts are stored by owner, as they arrive; then every window position gets its layer. */
static PetscErrorCode HaloPlanReceives(Halo halo, char seen[], PetscInt need[])
{
  const PetscInt start = halo->first[halo->rank], width = halo->first[halo->rank + 1] - start;
  const PetscInt count = HaloNeeds(halo, halo->rank, seen, need);
  PetscInt      *slot, ghosts = 0;

  PetscFunctionBegin;
  PetscCall(HaloMessagesCreate(&halo->from, halo->size));
  PetscCall(PetscMalloc1(halo->n, &slot));
  for (PetscInt i = 0; i < width; i++) slot[start + i] = i;
  for (PetscMPIInt rank = 0; rank < halo->size; rank++) {
    const PetscInt before = ghosts;

    if (rank == halo->rank) continue;
    for (PetscInt k = 0; k < count; k++)
      if (HaloOwner(halo, need[k]) == rank) slot[need[k]] = width + ghosts++;
    HaloMessagesAdd(&halo->from, rank, ghosts - before);
  }
  PetscCall(PetscMalloc1(width + 2 * halo->radius, &halo->map));
  for (PetscInt j = 0; j < width + 2 * halo->radius; j++) halo->map[j] = slot[HaloImage(halo, start + j - halo->radius)];
  PetscCall(PetscFree(slot));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Ranks with equal coordinates across the axis, in the order of their layers, and their ownership ranges. */
static PetscErrorCode HaloFindLine(Halo halo, Grid grid, PetscInt axis)
{
  MPI_Comm        comm = PetscObjectComm((PetscObject)grid);
  PetscMPIInt     rank;
  PetscInt        p[3], place[3], colour = 0;
  const PetscInt *width[3];

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCall(DMDAGetInfo(grid->dm, NULL, NULL, NULL, NULL, &p[0], &p[1], &p[2], NULL, NULL, NULL, NULL, NULL, NULL));
  PetscCall(DMDAGetOwnershipRanges(grid->dm, &width[0], &width[1], &width[2]));
  place[0] = rank % p[0];
  place[1] = rank / p[0] % p[1];
  place[2] = rank / (p[0] * p[1]);
  for (PetscInt a = 2; a >= 0; a--) colour = a == axis ? colour : colour * p[a] + place[a];
  PetscCallMPI(MPI_Comm_split(comm, (PetscMPIInt)colour, (PetscMPIInt)place[axis], &halo->line));
  PetscCallMPI(MPI_Comm_rank(halo->line, &halo->rank));
  PetscCallMPI(MPI_Comm_size(halo->line, &halo->size));
  PetscCall(PetscMalloc1(halo->size + 1, &halo->first));
  halo->first[0] = 0;
  for (PetscMPIInt r = 0; r < halo->size; r++) halo->first[r + 1] = halo->first[r] + (width[axis] ? width[axis][r] : 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  HaloCreate - plans the exchange of layers along an axis (0, 1 or 2; a missing axis is fine) for a window of radius layers to
  each side.

  Collective on the grid. The caller owns the result.
@*/
PetscErrorCode HaloCreate(Grid grid, PetscInt axis, PetscInt radius, Halo *halo)
{
  Halo      h;
  char     *seen;
  PetscInt *need;

  PetscFunctionBegin;
  PetscCheck(grid->setup, PetscObjectComm((PetscObject)grid), PETSC_ERR_ORDER, "call GridSetUp() before HaloCreate()");
  PetscCall(PetscNew(&h));
  h->n        = grid->n[axis];
  h->radius   = radius;
  h->boundary = grid->boundary[axis];
  PetscCall(HaloFindLine(h, grid, axis));
  PetscCall(PetscCalloc1(h->n, &seen));
  PetscCall(PetscMalloc1(PetscMin(2 * radius, h->n), &need));
  PetscCall(HaloPlanSends(h, seen, need));
  PetscCall(HaloPlanReceives(h, seen, need));
  PetscCall(PetscFree(need));
  PetscCall(PetscFree(seen));
  PetscCall(PetscMalloc2(h->from.partners, &h->receive_request, h->to.partners, &h->send_request));
  for (PetscInt k = 0; k < h->to.partners; k++) h->send_request[k] = MPI_REQUEST_NULL;
  *halo = h;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ HaloDestroy - frees a halo; NULL is fine. Collective. @*/
PetscErrorCode HaloDestroy(Halo *halo)
{
  Halo h = *halo;

  PetscFunctionBegin;
  if (!h) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Waitall((PetscMPIInt)h->to.partners, h->send_request, MPI_STATUSES_IGNORE));
  PetscCall(PetscFree2(h->to.rank, h->to.offset));
  PetscCall(PetscFree2(h->from.rank, h->from.offset));
  PetscCall(PetscFree2(h->send, h->ghost));
  PetscCall(PetscFree(h->send_layer));
  PetscCall(PetscFree(h->map));
  PetscCall(PetscFree(h->first));
  PetscCall(PetscFree2(h->receive_request, h->send_request));
  PetscCallMPI(MPI_Comm_free(&h->line));
  PetscCall(PetscFree(*halo));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  HaloGetMap - the layer at each position of the window: map[j], j = 0 .. width + 2 radius - 1, is an own layer 0 .. width - 1,
  or width + g for ghost g. ghosts (or NULL): their number. Borrowed. Not collective.
@*/
PetscErrorCode HaloGetMap(Halo halo, PetscInt *ghosts, const PetscInt *map[])
{
  PetscFunctionBegin;
  if (ghosts) *ghosts = halo->from.offset[halo->from.partners];
  if (map) *map = halo->map;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ HaloGetSendLayers - the own layers that the send buffer takes, in its order; one may occur for several partners. Borrowed. Not
 * collective. @*/
PetscErrorCode HaloGetSendLayers(Halo halo, PetscInt *count, const PetscInt *layers[])
{
  PetscFunctionBegin;
  *count  = halo->to.offset[halo->to.partners];
  *layers = halo->send_layer;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ HaloGetMemory - bytes of both buffers, as used so far. Not collective. @*/
PetscErrorCode HaloGetMemory(Halo halo, PetscLogDouble *bytes)
{
  const PetscInt layers = halo->from.offset[halo->from.partners] + halo->to.offset[halo->to.partners];

  PetscFunctionBegin;
  *bytes = (PetscLogDouble)sizeof(PetscReal) * (PetscLogDouble)layers * (PetscLogDouble)halo->capacity;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  HaloBegin - posts the receives and hands out the send buffer: layer k of HaloGetSendLayers() goes to send[k * length ...].

  Collective on the line; length (reals per layer) is the same on all its ranks. Fill the buffer, then HaloSend().
@*/
PetscErrorCode HaloBegin(Halo halo, PetscInt length, PetscReal *send[])
{
  const HaloMessages *from = &halo->from, *to = &halo->to;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Waitall((PetscMPIInt)to->partners, halo->send_request, MPI_STATUSES_IGNORE));
  if (length > halo->capacity) {
    PetscCall(PetscFree2(halo->send, halo->ghost));
    PetscCall(PetscMalloc2(to->offset[to->partners] * length, &halo->send, from->offset[from->partners] * length, &halo->ghost));
    halo->capacity = length;
  }
  halo->length = length;
  for (PetscInt k = 0; k < from->partners; k++) {
    PetscMPIInt count;

    PetscCall(PetscMPIIntCast((from->offset[k + 1] - from->offset[k]) * length, &count));
    PetscCallMPI(MPI_Irecv(halo->ghost + from->offset[k] * length, count, MPIU_REAL, from->rank[k], HALO_TAG, halo->line,
                           halo->receive_request + k));
  }
  *send = halo->send;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ HaloSend - sends what the send buffer holds; it must not change before the next HaloBegin(). Collective on the line. @*/
PetscErrorCode HaloSend(Halo halo)
{
  const HaloMessages *to = &halo->to;

  PetscFunctionBegin;
  for (PetscInt k = 0; k < to->partners; k++) {
    PetscMPIInt count;

    PetscCall(PetscMPIIntCast((to->offset[k + 1] - to->offset[k]) * halo->length, &count));
    PetscCallMPI(
        MPI_Isend(halo->send + to->offset[k] * halo->length, count, MPIU_REAL, to->rank[k], HALO_TAG, halo->line, halo->send_request + k));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  HaloEnd - waits for the ghosts; ghost g is then at ghosts[g * length ...] until the next HaloBegin().

  The sends are not waited for before that: a partner that is still at work on its interior delays nobody. Collective on the line.
@*/
PetscErrorCode HaloEnd(Halo halo, const PetscReal *ghosts[])
{
  PetscFunctionBegin;
  PetscCallMPI(MPI_Waitall((PetscMPIInt)halo->from.partners, halo->receive_request, MPI_STATUSES_IGNORE));
  *ghosts = halo->ghost;
  PetscFunctionReturn(PETSC_SUCCESS);
}
