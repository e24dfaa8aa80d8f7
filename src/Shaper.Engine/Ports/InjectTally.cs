using Shaper.Engine.Interop;
using Shaper.Engine.Telemetry;

namespace Shaper.Engine.Ports;

/// <summary>Counts what became of the frames given to the kernel, the same way for every inject port. A mutable struct: one field, never copied.</summary>
internal struct InjectTally
{
    private Counter _frames;
    private Counter _bytes;
    private Counter _oversize;
    private Counter _down;
    private Counter _refused;
    private Counter _retries;

    public readonly InjectCounters Read(long reopens) =>
        new(_frames.Value, _bytes.Value, _oversize.Value, _down.Value, _refused.Value, _retries.Value, reopens);

    public void Sent(long frames, long bytes)
    {
        _frames.Add(frames);
        _bytes.Add(bytes);
    }

    /// <summary>No interface to send on.</summary>
    public void Down(int frames) => _down.Add(frames);

    /// <summary>
    /// The kernel refused a frame. True when its queue is full and the frame is to be offered again; false when it is done with, and counted by cause.
    /// A full queue on an interface without carrier never empties, so its frames are given up. "Down" on an interface that is up is the echo of an
    /// earlier time, told once; if it is not, tending sees the interface down and the next answer counts.
    /// </summary>
    public bool IsToBeOfferedAgain(int errno, PortState state)
    {
        switch (errno)
        {
            case Errno.EAGAIN or Errno.ENOBUFS or Errno.ENOMEM or Errno.EINTR or Errno.ENETDOWN when state == PortState.Up:
                _retries.Increment();
                return true;
            case Errno.EMSGSIZE:
                _oversize.Increment();
                return false;
            case Errno.ENETDOWN or Errno.ENXIO or Errno.ENODEV or Errno.EAGAIN or Errno.ENOBUFS or Errno.ENOMEM or Errno.EINTR:
                _down.Increment();
                return false;
            default:
                _refused.Increment();
                return false;
        }
    }
}
