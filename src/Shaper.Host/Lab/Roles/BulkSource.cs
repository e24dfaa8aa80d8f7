using System.Net;
using System.Net.Sockets;
using Shaper.Engine.Time;
using Shaper.Engine.Units;

namespace Shaper.Host.Lab.Roles;

/// <summary>Endless connections to one sink: real kernel TCP, as fast as it goes, from a given moment until stopped.</summary>
internal sealed class BulkSource(IPEndPoint sink, int connections, string congestionControl)
{
    private const int StackBytes = 256 << 10;
    private static readonly byte[] Chunk = RandomChunk();

    private readonly List<Socket> _sockets = [];
    private readonly List<Thread> _threads = [];
    private readonly Lock _lock = new();
    private long _sentBytes;
    private volatile bool _stopped;

    /// <summary>The first thing that went wrong, or null.</summary>
    public string? Fault { get; private set; }

    public void Start(Instant at)
    {
        for (int i = 0; i < connections; i++)
        {
            Thread thread = new(() => Send(at), StackBytes) { IsBackground = true, Name = "source" };
            _threads.Add(thread);
            thread.Start();
        }
    }

    /// <summary>Resets all connections, so that nothing of them stays in the path's queues for longer than a queue.</summary>
    public (long SentBytes, long Retransmissions) Stop()
    {
        _stopped = true;
        long retransmissions = 0;
        lock (_lock)
        {
            foreach (Socket socket in _sockets)
            {
                retransmissions += socket.TotalRetransmissions();
                socket.LingerState = new(enable: true, seconds: 0);
                socket.Dispose();
            }
        }

        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        return (Interlocked.Read(ref _sentBytes), retransmissions);
    }

    private void Send(Instant at)
    {
        Duration early = at - new MonotonicClock().Now;
        if (early > Duration.Zero)
        {
            Thread.Sleep(TimeSpan.FromMilliseconds(early.TotalMilliseconds));
        }

        try
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            lock (_lock)
            {
                if (_stopped)
                {
                    socket.Dispose();
                    return;
                }

                _sockets.Add(socket);
            }

            socket.SetCongestionControl(congestionControl);
            socket.Connect(sink);
            while (!_stopped)
            {
                Interlocked.Add(ref _sentBytes, socket.Send(Chunk));
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            if (!_stopped)
            {
                Fault ??= $"{sink}: {fault.Message}";
            }
        }
    }

    private static byte[] RandomChunk()
    {
        byte[] chunk = new byte[64 << 10];
        new Random(1).NextBytes(chunk);
        return chunk;
    }
}
