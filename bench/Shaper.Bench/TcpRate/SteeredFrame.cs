namespace Shaper.Bench.TcpRate;

/// <summary>A frame that passed steering: when, of which connection, which way, and what it said. The echo is that of a timestamp which left.</summary>
internal readonly record struct SteeredFrame(long At, int Connection, uint Number, ushort PayloadBytes, byte Flags, bool Inbound, uint Echo = 0);
