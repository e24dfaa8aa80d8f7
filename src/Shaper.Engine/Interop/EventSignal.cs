namespace Shaper.Engine.Interop;

/// <summary>An eventfd: one thread sleeps on it, any other wakes it.</summary>
public sealed unsafe class EventSignal : IDisposable
{
    private readonly FileDescriptor _fd;

    public EventSignal()
    {
        _fd = LibcPoll.eventfd(0, LibcPoll.EFD_CLOEXEC | LibcPoll.EFD_NONBLOCK);
        if (_fd.IsInvalid)
        {
            throw LinuxException.FromLastError("eventfd");
        }
    }

    /// <summary>What to poll for reading.</summary>
    public int Descriptor => _fd.Number;

    /// <summary>Any thread. A signal that is already set stays set.</summary>
    public void Set()
    {
        ulong one = 1;
        LibcPoll.write(_fd.Number, &one, sizeof(ulong));
    }

    /// <summary>The sleeper, once it has been woken.</summary>
    public void Clear()
    {
        ulong count;
        LibcPoll.read(_fd.Number, &count, sizeof(ulong));
    }

    public void Dispose() => _fd.Dispose();
}
