using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Shaper.Engine.Interop;

namespace Shaper.Bench.Live;

/// <summary>A child process that sends a small datagram every 10 ms, with its number and the moment of sending: a flow that never has two frames queued.</summary>
internal static class SparseSource
{
    public const int HeaderBytes = 12;

    private const int PayloadBytes = 172;
    private const int SpacingMilliseconds = 10;

    /// <param name="arguments">Address, end on CLOCK_REALTIME in ns.</param>
    public static int Run(string[] arguments)
    {
        IPEndPoint sink = new(IPAddress.Parse(arguments[0]), LiveSink.SparsePort);
        long end = long.Parse(arguments[1], CultureInfo.InvariantCulture);
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Connect(sink);
        byte[] datagram = new byte[PayloadBytes];
        long next = UnixClock.RealtimeNanoseconds;
        for (int number = 0; next < end; number++, next += SpacingMilliseconds * 1_000_000L)
        {
            long wait = next - UnixClock.RealtimeNanoseconds;
            if (wait > 0)
            {
                Thread.Sleep(TimeSpan.FromMilliseconds(wait / 1e6));
            }

            BitConverter.TryWriteBytes(datagram.AsSpan(sizeof(long)), number);
            BitConverter.TryWriteBytes(datagram, UnixClock.RealtimeNanoseconds);
            socket.Send(datagram);
        }

        return 0;
    }
}
