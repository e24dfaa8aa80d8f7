using System.Net;
using System.Net.Sockets;
using Shaper.Engine.Interop;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Host.Lab.Roles;

/// <summary>Full-sized datagrams at a constant rate, from a given moment until stopped. Each has its own moment; those that are late go at once.</summary>
internal sealed class PacedSource
{
    /// <summary>Ethernet, IPv4 and UDP headers.</summary>
    private const int HeaderBytes = 42;

    private const int PayloadBytes = 1_472;
    private const int StackBytes = 256 << 10;

    private readonly Thread _thread;
    private long _sentBytes;
    private volatile bool _stopped;

    /// <param name="rate">Of Ethernet frames without FCS.</param>
    public PacedSource(IPEndPoint sink, BitRate rate, Instant start)
    {
        _thread = new(() => Send(sink, rate.TimeFor(PayloadBytes + HeaderBytes), start), StackBytes) { IsBackground = true, Name = "paced" };
        _thread.Start();
    }

    /// <summary>Payload bytes sent.</summary>
    public long Stop()
    {
        _stopped = true;
        _thread.Join();
        return _sentBytes;
    }

    private void Send(IPEndPoint sink, Duration gap, Instant due)
    {
        byte[] payload = new byte[PayloadBytes];
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(sink);

        // The address is asked for now: what waited for the answer later would go as a burst.
        socket.Send([0], SocketFlags.None, out _);
        PollSet sleep = new(0);
        MonotonicClock clock = new();
        TimerSlack.Minimise();
        while (!_stopped)
        {
            Duration early = due - clock.Now;
            if (early > Duration.Zero)
            {
                // Not longer than a stop may wait.
                sleep.Wait(Math.Min(early.Nanoseconds, 100_000_000));
                continue;
            }

            // An error is that of a datagram before, and no reason to stop.
            _sentBytes += socket.Send(payload, SocketFlags.None, out _);
            due += gap;
        }
    }
}
