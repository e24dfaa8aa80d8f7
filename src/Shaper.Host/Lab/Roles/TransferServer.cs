using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Shaper.Host.Lab.Roles;

/// <summary>Answers a line with a number on a connection with that many bytes, then closes: a web server reduced to what the link sees.</summary>
internal static class TransferServer
{
    private const int LongestRequestBytes = 16;
    private static readonly byte[] Content = RandomContent();

    /// <summary>Listens from now on, until the process ends.</summary>
    public static void Open(int port, string congestionControl)
    {
        Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        // Accepted connections inherit the listener's congestion control.
        listener.SetCongestionControl(congestionControl);
        listener.Bind(new IPEndPoint(IPAddress.Any, port));
        listener.Listen(1024);
        _ = AcceptAsync(listener);
    }

    private static async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            _ = AnswerAsync(await listener.AcceptAsync().ConfigureAwait(false));
        }
    }

    private static async Task AnswerAsync(Socket connection)
    {
        using (connection)
        {
            try
            {
                byte[] request = new byte[LongestRequestBytes];
                int got = 0;
                while (got < request.Length && (got == 0 || request[got - 1] != '\n'))
                {
                    int more = await connection.ReceiveAsync(request.AsMemory(got)).ConfigureAwait(false);
                    if (more == 0)
                    {
                        return;
                    }

                    got += more;
                }

                if (int.TryParse(Encoding.ASCII.GetString(request, 0, got).Trim(), CultureInfo.InvariantCulture, out int length)
                    && length is > 0 && length <= Content.Length)
                {
                    await connection.SendAsync(Content.AsMemory(0, length)).ConfigureAwait(false);
                    connection.Shutdown(SocketShutdown.Send);
                    await connection.ReceiveAsync(request.AsMemory()).ConfigureAwait(false);
                }
            }
            catch (SocketException)
            {
                // The fetching side counts what did not arrive.
            }
        }
    }

    private static byte[] RandomContent()
    {
        byte[] content = new byte[1 << 20];
        new Random(2).NextBytes(content);
        return content;
    }
}
