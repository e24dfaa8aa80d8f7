namespace Shaper.Engine.Interop;

/// <summary>A fixed number of descriptors to wait on together, each for reading. Used by one thread; allocates nothing after construction.</summary>
public sealed unsafe class PollSet
{
    private readonly LibcPoll.PollEntry[] _entries;

    public PollSet(int count) => _entries = GC.AllocateArray<LibcPoll.PollEntry>(count, pinned: true);

    /// <summary>Puts a descriptor in its place; -1 leaves the place out of the wait.</summary>
    public void Set(int place, int descriptor)
    {
        _entries[place].Descriptor = descriptor;
        _entries[place].Events = LibcPoll.POLLIN;
    }

    /// <summary>Whether the last wait ended with something on this descriptor, an error included.</summary>
    public bool IsReady(int place) => _entries[place].Returned != 0;

    /// <summary>Sleeps until a descriptor is ready, a signal arrives, or so many nanoseconds have passed. How many descriptors are ready.</summary>
    public int Wait(long nanoseconds)
    {
        LibcTime.TimeSpec timeout = new() { Seconds = nanoseconds / 1_000_000_000, Nanoseconds = nanoseconds % 1_000_000_000 };
        fixed (LibcPoll.PollEntry* entries = _entries)
        {
            int ready = LibcPoll.ppoll(entries, (nuint)_entries.Length, &timeout, null);
            if (ready < 0)
            {
                // EINTR, in all likelihood: the entries are as they were, so nothing may be read from them.
                foreach (ref LibcPoll.PollEntry entry in _entries.AsSpan())
                {
                    entry.Returned = 0;
                }

                return 0;
            }

            return ready;
        }
    }
}
