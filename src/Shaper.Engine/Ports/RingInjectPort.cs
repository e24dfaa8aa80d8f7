using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;

namespace Shaper.Engine.Ports;

/// <summary>Sends on a network interface, a burst a system call, straight from the slots of the pool. VLAN tags are part of the frame.</summary>
/// <remarks>
/// The kernel lets frames through up to MTU + Ethernet header, 4 bytes more when their outer tag is an 802.1Q tag; an 802.1ad tag or a second tag counts against the
/// MTU, though its bridge would carry them. It refuses longer ones, which is counted. Lives in the network namespace in which it was opened.
/// </remarks>
public sealed class RingInjectPort : IInjectPort
{
    /// <summary>Longest burst handed to the kernel in one call, frames.</summary>
    private const int BurstFrames = 64;

    /// <summary>Bytes on their way through the kernel; beyond it the port says "full". Counts the kernel's own overhead, some 900 bytes a frame.</summary>
    private const int SendBufferBytes = 4 * 1024 * 1024;

    private readonly InterfaceWatch _watch;
    private readonly bool _bypassQdisc;
    private PacketSender? _sender;
    private InjectTally _tally;

    /// <param name="name">The interface.</param>
    /// <param name="bypassQdisc">Hand frames to the driver directly.</param>
    /// <exception cref="PortException">No such interface.</exception>
    /// <exception cref="LinuxException">The kernel refused the socket.</exception>
    public RingInjectPort(string name, bool bypassQdisc = false)
    {
        Name = name;
        _bypassQdisc = bypassQdisc;
        _watch = new(name);
        try
        {
            OpenSender();
        }
        catch
        {
            _watch.Dispose();
            throw;
        }
    }

    public string Name { get; }

    public PortState State => _watch.State;

    public InjectCounters Counters => _tally.Read(_watch.Reopens);

    public int Send(FramePool pool, ReadOnlySpan<FrameHandle> burst)
    {
        PacketSender? sender = _sender;
        if (sender is null)
        {
            _tally.Down(burst.Length);
            return burst.Length;
        }

        int done = 0;
        while (done < burst.Length)
        {
            ReadOnlySpan<FrameHandle> part = burst.Slice(done, Math.Min(BurstFrames, burst.Length - done));
            int finished = SendPart(sender, pool, part);
            done += finished;
            if (finished < part.Length)
            {
                break;
            }
        }

        return done;
    }

    public void Tend()
    {
        _sender?.TakeError();
        bool replaced = _watch.LookForReplacement();
        if (_watch.State == PortState.Gone || replaced)
        {
            CloseSender();
        }

        if (_sender is null && _watch.State != PortState.Gone)
        {
            TryReopen();
        }
    }

    public void Dispose()
    {
        CloseSender();
        _watch.Dispose();
    }

    private int SendPart(PacketSender sender, FramePool pool, ReadOnlySpan<FrameHandle> part)
    {
        sender.Clear();
        foreach (FrameHandle frame in part)
        {
            sender.Add(pool.Frame(frame));
        }

        int done = 0;
        while (done < part.Length)
        {
            int sent = sender.Send(done, out int errno);
            if (sent > 0)
            {
                CountSent(pool, part.Slice(done, sent));
                done += sent;
            }
            else if (_tally.IsToBeOfferedAgain(errno, _watch.State))
            {
                return done;
            }
            else
            {
                done++;
            }
        }

        return done;
    }

    private void CountSent(FramePool pool, ReadOnlySpan<FrameHandle> sent)
    {
        long bytes = 0;
        foreach (FrameHandle frame in sent)
        {
            bytes += pool.Meta(frame).FrameBytes;
        }

        _tally.Sent(sent.Length, bytes);
    }

    private void OpenSender() => _sender = new(_watch.Facts.Index, BurstFrames, _bypassQdisc, SendBufferBytes);

    private void TryReopen()
    {
        try
        {
            OpenSender();
        }
        catch (LinuxException)
        {
            // Gone again between the look and the opening: the next look tries again.
        }
    }

    private void CloseSender()
    {
        _sender?.Dispose();
        _sender = null;
    }
}
