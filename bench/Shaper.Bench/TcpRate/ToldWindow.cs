namespace Shaper.Bench.TcpRate;

/// <summary>What an acknowledgement says that has left: the window edge, and the timestamp that the far side will echo.</summary>
internal readonly record struct ToldWindow(int Connection, uint Acknowledgement, uint Edge, uint Stamp);
