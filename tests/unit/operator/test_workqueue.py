import asyncio

from modelspec_operator.reconcile.workqueue import FIRST_RETRY, LONGEST_RETRY, WorkQueue

A, B = ("ns", "a"), ("ns", "b")


async def test_a_key_added_many_times_is_worked_on_once() -> None:
    queue = WorkQueue()
    for _ in range(5):
        queue.add(A)

    assert await queue.get() == A
    queue.done(A)
    assert len(queue) == 0


async def test_a_key_added_while_it_is_worked_on_is_due_once_more_afterwards() -> None:
    queue = WorkQueue()
    queue.add(A)
    await queue.get()
    queue.add(A)
    queue.add(A)

    assert len(queue) == 0, "never twice at the same time"

    queue.done(A)
    assert await queue.get() == A
    queue.done(A)
    assert len(queue) == 0


async def test_keys_come_in_the_order_in_which_they_were_added() -> None:
    queue = WorkQueue()
    queue.add(B)
    queue.add(A)

    assert [await queue.get(), await queue.get()] == [B, A]


async def test_a_waiting_worker_is_woken() -> None:
    queue = WorkQueue()
    worker = asyncio.create_task(queue.get())
    await asyncio.sleep(0)

    queue.add(A)

    assert await asyncio.wait_for(worker, 1) == A


async def test_of_several_delays_the_earliest_holds() -> None:
    queue = WorkQueue()
    queue.add_after(A, 60)
    queue.add_after(A, 0.01)
    queue.add_after(A, 30)

    assert await asyncio.wait_for(queue.get(), 1) == A


async def test_failures_wait_longer_each_time_and_a_success_starts_anew() -> None:
    queue = WorkQueue()
    pauses = [queue.add_failed(A) for _ in range(12)]

    assert all(
        0.8 <= pause / min(FIRST_RETRY * 2**n, LONGEST_RETRY) <= 1.2
        for n, pause in enumerate(pauses)
    )

    queue.forget_failures(A)
    assert queue.add_failed(A) <= 1.2 * FIRST_RETRY
