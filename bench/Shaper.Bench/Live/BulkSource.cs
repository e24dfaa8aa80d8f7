using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Shaper.Engine.Interop;

namespace Shaper.Bench.Live;

/// <summary>A child process with endless connections, real kernel TCP: <c>ADDRESS END PORT:CONNECTIONS[:UNTIL]...</c>, times on CLOCK_REALTIME in ns.</summary>
internal static class BulkSource
{
    private const int StackBytes = 256 << 10;

    public static int Run(string[] arguments)
    {
        IPAddress address = IPAddress.Parse(arguments[0]);
        long end = long.Parse(arguments[1], CultureInfo.InvariantCulture);
        List<Thread> threads = [];
        foreach (string load in arguments[2..])
        {
            long[] fields = [.. load.Split(':').Select(static text => long.Parse(text, CultureInfo.InvariantCulture))];
            long until = fields.Length > 2 ? fields[2] : end;
            for (int i = 0; i < fields[1]; i++)
            {
                Thread thread = new(() => Send(new(address, (int)fields[0]), until), StackBytes);
                threads.Add(thread);
                thread.Start();
            }
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        return 0;
    }

    private static void Send(IPEndPoint sink, long until)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(sink);
        socket.SendTimeout = 200;
        byte[] chunk = new byte[16 << 10];
        while (UnixClock.RealtimeNanoseconds < until)
        {
            socket.Send(chunk, SocketFlags.None, out SocketError error);
            if (error is not (SocketError.Success or SocketError.TimedOut or SocketError.WouldBlock))
            {
                break;
            }
        }

        // What still waits would hold the link after the phase that it belongs to.
        socket.LingerState = new(enable: true, seconds: 0);
    }
}
