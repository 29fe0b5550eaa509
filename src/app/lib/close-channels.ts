/** A peer connection is the one channel out of the page that no security policy closes. */
const peerConnections = ['RTCPeerConnection', 'webkitRTCPeerConnection', 'mozRTCPeerConnection'];

/** Takes the page's own way to a peer connection away. Workers have none. */
export function closeChannels(): void {
  for (const name of peerConnections) Reflect.deleteProperty(window, name);
}
