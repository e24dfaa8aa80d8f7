using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Shaper.Bench.Inline;

/// <summary>Child processes for a link kept full by the kernel's own TCP: one takes whatever comes, the other sends on several connections until it is stopped.</summary>
internal static class BulkTcp
{
    private const int Port = 5_201;
    private const int ChunkBytes = 128 * 1024;

    public static int Take()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Any, Port));
        listener.Listen();
        Console.WriteLine("ready");
        while (true)
        {
            Socket connection = listener.Accept();
            new Thread(() => Drain(connection)) { IsBackground = true }.Start();
        }
    }

    /// <param name="arguments">Address, number of connections.</param>
    public static int Send(string[] arguments)
    {
        int connections = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        for (int i = 0; i < connections; i++)
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(IPAddress.Parse(arguments[0]), Port);
            new Thread(() => Fill(socket)) { IsBackground = true }.Start();
        }

        Console.WriteLine("ready");
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    private static void Drain(Socket connection)
    {
        byte[] chunk = new byte[ChunkBytes];
        while (connection.Receive(chunk) > 0)
        {
        }
    }

    private static void Fill(Socket socket)
    {
        byte[] chunk = new byte[ChunkBytes];
        while (socket.Send(chunk) > 0)
        {
        }
    }
}
