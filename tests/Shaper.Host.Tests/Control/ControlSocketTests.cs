using System.Net.Sockets;
using Shaper.Host.Commands;
using Shaper.Host.Control;
using Xunit;

namespace Shaper.Host.Tests.Control;

public sealed class ControlSocketTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_socket_has_mode_0660_and_goes_with_its_lock_and_the_directory_made_for_it()
    {
        string path = _directory.Of("made/for/it.sock");
        using (ControlSocket socket = new(path, null))
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(path));
        }

        Assert.False(File.Exists(path));
        Assert.False(Directory.Exists(_directory.Of("made/for")));
    }

    [Fact]
    public void A_path_with_a_shaper_on_it_is_in_use_and_left_alone()
    {
        string path = _directory.Of("c.sock");
        using ControlSocket first = new(path, null);
        CommandFailedException refused = Assert.Throws<CommandFailedException>(() => new ControlSocket(path, null));
        Assert.Equal(ExitCode.Failure, refused.ExitCode);
        Assert.Contains("in use by a running shaper", refused.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public void A_path_on_which_another_program_listens_is_in_use()
    {
        string path = _directory.Of("c.sock");
        using Socket other = Bound(path);
        other.Listen();
        Assert.Contains("in use", Assert.Throws<CommandFailedException>(() => new ControlSocket(path, null)).Message, StringComparison.Ordinal);
        Assert.True(File.Exists(path));
    }

    [Fact]
    public void A_stale_socket_of_a_killed_shaper_is_taken_over()
    {
        string path = _directory.Of("c.sock");
        Leave(path);
        using ControlSocket socket = new(path, null);
        using Socket listener = socket.TakeListener();
        listener.Listen();
        using Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(path));
        Assert.True(client.Connected);
    }

    [Fact]
    public void A_file_that_is_no_socket_is_never_removed()
    {
        string path = _directory.Of("precious");
        File.WriteAllText(path, "");
        Assert.Contains("no socket", Assert.Throws<CommandFailedException>(() => new ControlSocket(path, null)).Message, StringComparison.Ordinal);
        Assert.True(File.Exists(path));
        Assert.False(File.Exists(path + ".lock"));
    }

    [Fact]
    public void A_directory_is_no_place_for_a_socket()
    {
        CommandFailedException refused = Assert.Throws<CommandFailedException>(() => new ControlSocket(_directory.Path, null));
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
    }

    [Fact]
    public void An_unknown_group_is_a_usage_error_and_leaves_nothing()
    {
        CommandFailedException refused = Assert.Throws<CommandFailedException>(() => new ControlSocket(_directory.Of("c.sock"), "no-such-group"));
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_a_failure_in_one_line()
    {
        CommandFailedException refused = Assert.Throws<CommandFailedException>(() => new ControlSocket("/proc/no/such/c.sock", null));
        Assert.Equal(ExitCode.Failure, refused.ExitCode);
        Assert.DoesNotContain('\n', refused.Message);
    }

    /// <summary>A socket file that nobody listens on, as a kill leaves it.</summary>
    private static void Leave(string path)
    {
        using Socket socket = Bound(path + ".tmp");
        File.Move(path + ".tmp", path);
    }

    private static Socket Bound(string path)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        return socket;
    }
}
