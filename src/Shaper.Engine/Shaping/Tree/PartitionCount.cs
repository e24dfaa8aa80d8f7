namespace Shaper.Engine.Shaping.Tree;

/// <summary>What one partition holds and has sent. A copy; a moment old.</summary>
/// <param name="Key">Whose it is, as <see cref="PartitionHash"/> says it; <see cref="PartitionName"/> makes words of it.</param>
/// <param name="BacklogFrames">Waiting now.</param>
/// <param name="BacklogWireBytes">Waiting now.</param>
/// <param name="SentWireBytes">Sent since the partition was made, by those before included: the reader compares two moments at which it had the same key.</param>
public readonly record struct PartitionCount(ulong Key, long BacklogFrames, long BacklogWireBytes, long SentWireBytes);
